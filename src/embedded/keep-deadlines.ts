import type { EmbeddedBroker } from './broker.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * Calls the broker's `tick` whenever its next deadline comes, until the answered function is called. Several may do so
 * for one broker: a tick without anything due does nothing.
 */
export function keepDeadlines(broker: EmbeddedBroker, scheduler: Scheduler): () => void {
  let cancel = (): void => {};
  let isStopped = false;
  const arm = (): void => {
    cancel();
    const next = broker.nextDeadline();
    if (next === null || isStopped) return;
    cancel = scheduler.after(Math.ceil(next - broker.clock.monotonic()), () => {
      broker.tick();
      arm();
    });
  };
  broker.onDeadline.add(arm);
  arm();
  return () => {
    isStopped = true;
    broker.onDeadline.delete(arm);
    cancel();
  };
}

export interface LoopWatchOptions {
  readonly maxPollIntervalMs: number;
  /** Monotone ms. */
  readonly now: () => number;
  /** When the loop began its last turn; null while it waits for its group, or does not run. */
  readonly loopAt: () => number | null;
  /** Called once for each turn that does not end. */
  readonly onStanding: (standingMs: number) => void;
}

const LOOKS = 8;
const SELDOM_MS = 1_000;

/**
 * Watches that a loop comes round within `maxPollIntervalMs`, as Kafka's consumer does for `max.poll.interval.ms` (KIP-62):
 * heartbeats on a timer would keep a member in its group whose loop waits for something that never comes. Two looks have to
 * agree, so that a process that was itself stopped is asked again once it runs. Answers what ends the watch.
 */
export function watchLoop({ maxPollIntervalMs, now, loopAt, onStanding }: LoopWatchOptions): () => void {
  let suspected: number | null = null;
  let told: number | null = null;
  const look = (): void => {
    const at = loopAt();
    const standingMs = at === null ? 0 : now() - at;
    if (at === null || standingMs <= maxPollIntervalMs || at === told) {
      suspected = null;
      return;
    }
    if (suspected === at) {
      told = at;
      onStanding(standingMs);
    }
    suspected = at;
  };
  const timer = setInterval(look, Math.max(1, Math.min(SELDOM_MS, maxPollIntervalMs / LOOKS)));
  timer.unref();
  return () => clearInterval(timer);
}

import type { MonitoredStage } from './monitor.ts';
import type { StageRuntime } from './stage-runtime.ts';

const LOOK_EVERY_MS = 150;
const QUIET_LOOKS = 4;

/**
 * Resolves when all stages have been idle for several looks in a row and none processed anything in between: what one
 * stage wrote last has reached the next by then. Also when `stop` is aborted.
 */
export function settled(stages: readonly MonitoredStage[], stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let quiet = 0;
    let before = -1;
    const end = () => {
      clearInterval(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setInterval(() => {
      const processed = stages.reduce((sum, { runtime }) => sum + total(runtime), 0);
      const idle = stages.every(({ runtime }) => runtime.idle);
      quiet = idle && processed === before ? quiet + 1 : 0;
      before = processed;
      if (quiet >= QUIET_LOOKS) end();
    }, LOOK_EVERY_MS);
    stop.addEventListener('abort', end);
    if (stop.aborted) end();
  });
}

function total(runtime: StageRuntime): number {
  return runtime.status().tasks.reduce((sum, { processed }) => sum + processed, 0);
}

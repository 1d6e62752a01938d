import { setTimeout as sleep } from 'node:timers/promises';

import { StreamsError } from '../core/errors.ts';
import type { MonitoredStage } from './monitor.ts';

const LOOK_EVERY_MS = 150;
const QUIET_LOOKS = 4;

/**
 * Resolves when all stages have been idle for several looks in a row, none processed anything in between, and the cluster
 * has nothing for them that they have not read: what one stage wrote last has been worked on by the next. Also when
 * `stop` is aborted.
 *
 * @throws what the cluster answers, unless another question may be answered better
 */
export async function settled(
  stages: readonly MonitoredStage[],
  stop: AbortSignal,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<void> {
  let before = -1;
  for (let quiet = 0; !stop.aborted;) {
    const processed = total(stages);
    const idle = stages.every(({ runtime }) => runtime.idle);
    quiet = idle && processed === before ? quiet + 1 : 0;
    before = processed;
    if (quiet >= QUIET_LOOKS && (await allCaughtUp(stages)) && total(stages) === processed) return;
    await sleep(lookEveryMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function allCaughtUp(stages: readonly MonitoredStage[]): Promise<boolean> {
  try {
    const answers = await Promise.all(stages.map(({ runtime }) => runtime.caughtUp()));
    return answers.every(Boolean);
  } catch (error) {
    if (error instanceof StreamsError && error.retriable) return false;
    throw error;
  }
}

/** Records that were processed so far. */
function total(stages: readonly MonitoredStage[]): number {
  return stages.flatMap(({ runtime }) => runtime.status().tasks).reduce((sum, { processed }) => sum + processed, 0);
}

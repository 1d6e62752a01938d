import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { RestoreProgress } from '../../../src/runtime/restore/restore-progress.ts';
import { StoreReading } from '../../../src/runtime/restore/store-reading.ts';
import type { TaskState } from '../../../src/state/task-state.ts';

describe('RestoreProgress', () => {
  const reading = (position: number) =>
    new StoreReading({
      changelog: { store: 's', topic: 'app-s-changelog', partition: 3, source: false },
      taskId: '0_3',
      state: {} as TaskState,
      standby: false,
      position,
      end: 100,
      onBatch: () => undefined,
    });

  function watched() {
    const clock = new ManualClock();
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (fields: unknown) => void warnings.push(fields) };
    const progress = new RestoreProgress({ clock, logger });
    const reportFor = (seconds: number) => {
      for (let i = 0; i < seconds; i += 10) {
        clock.advance(10_000);
        progress.report();
      }
    };
    return { progress, warnings, reportFor };
  }

  it('warns of a hanging transaction, with where, once nothing could be read for a minute, and each minute after', () => {
    const { progress, warnings, reportFor } = watched();
    progress.begin([reading(90)]);
    reportFor(60);
    expect(warnings).toEqual([]);
    reportFor(10);
    expect(warnings).toEqual([
      { partitions: [{ topic: 'app-s-changelog', partition: 3, position: 90, end: 100 }], ms: 60_000 },
    ]);
    reportFor(60);
    expect(warnings).toHaveLength(2);
  });

  it('says nothing of a restore that is slow', () => {
    const { progress, warnings, reportFor } = watched();
    const slow = reading(10);
    progress.begin([slow]);
    for (let i = 0; i < 30; i++) {
      slow.position++;
      reportFor(10);
    }
    expect(warnings).toEqual([]);
  });
});

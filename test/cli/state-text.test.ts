import { expect, it } from 'vitest';
import { Monitor } from '../../src/cli/monitor.ts';
import { runningText } from '../../src/cli/state-text.ts';
import type { AppStatus } from '../../src/index.ts';
import { FakeRuntime } from './app-fixture.ts';

it('shows restores with their progress, and standbys with their lags, of a running process', async () => {
  class Restoring extends FakeRuntime {
    override status(): AppStatus {
      const status = super.status();
      const sizes = [{ store: 'counts', diskBytes: 3 << 20, uncommittedBytes: 512 }];
      const restoring = [{ store: 'counts', restored: 250, remaining: 750 }];
      return {
        ...status,
        tasks: status.tasks.map((task) => ({ ...task, restoreRemaining: 750, restoring, sizes })),
        standbys: [
          { id: '0_1', lag: 40, stores: [{ store: 'counts', position: 60, end: 100, lag: 40 }], sizes },
          { id: '0_2', lag: null, stores: [], sizes: [{ store: 'counts', diskBytes: null, uncommittedBytes: 0 }] },
        ],
      };
    }
  }
  const config = { applicationId: 'words', kafka: { brokers: ['fake:1'] } };
  const runtime = new Restoring(config, { events: [] });
  const monitor = new Monitor({
    app: 'words',
    stages: [{ name: 'count', applicationId: 'words', runtime }],
    tables: async () => [],
    deadLetters: async () => [],
  });
  const [stage] = (await monitor.status()).stages;
  expect(stage && runningText(stage).split('\n')).toEqual([
    'count (words): CREATED, 1 tasks, 2 standbys, lag 5',
    '  0_0: 0 processed, 750 offsets to restore',
    '    counts: about 3.0 MiB in files, 512 bytes not committed',
    '    counts: 25 % restored, 250 records, 0 records/s, 750 offsets left',
    '    lines-0: at 0, committed nothing, lag 5',
    '  0_1 (standby): 40 offsets behind',
    '    counts: about 3.0 MiB in files, 512 bytes not committed',
    '    counts: changelog up to 60, lag 40',
    '  0_2 (standby): lag unknown',
    '    counts: no files known, 0 bytes not committed',
    '',
  ]);
});

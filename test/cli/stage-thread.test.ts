import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { stageModule, stageThread, type StageThreadData } from '../../src/cli/stage-thread.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { createMetricsRegistry } from '../../src/observe/metrics.ts';

it('a worker thread takes from its stage only what does not cross threads, so that what is configured holds', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stage-thread-'));
  await writeFile(
    join(folder, 'app.mjs'),
    `export default { name: 'a', description: '', stages: [{
       name: 'only', applicationId: 'only', topology: () => ({ plan: {} }),
       streams: { commitIntervalMs: 1, inputBufferMaxBytes: 2, processingHandler: () => 'continue' } }] };`,
  );
  const data: StageThreadData = {
    apps: ['./app.mjs'],
    folder,
    stage: 'only',
    section: {},
    azure: null,
    cluster: { kafka: { brokers: ['a:1'] }, registry: null },
  };
  expect(stageModule(data)).toMatchObject({ export: 'stageThread', data });
  const closers: (() => Promise<void> | void)[] = [];
  const { config } = await stageThread({
    data,
    logger: silentLogger,
    metrics: createMetricsRegistry(),
    threadName: 'thread 2',
    onClose: (close) => void closers.push(close),
  });
  expect(Object.keys(config ?? {}).toSorted()).toEqual(['kafka', 'processingHandler', 'registry']);
  for (const close of closers) await close();
  await rm(folder, { recursive: true });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { xact } from '../../../src/apps/xact/topology.ts';
import { type AppRun, openAppRun } from '../../faults/app-run.ts';

const bootstrap = inject('kafkaBootstrap');

describe.skipIf(bootstrap.length === 0)('xact on Apache Kafka', () => {
  let run: AppRun;
  afterEach(() => run.close());

  it('leaves exactly the expected tables and dead letters, killed on its way', async () => {
    run = await openAppRun({ app: xact, brokers: bootstrap, events: 500, seed: 11 });
    for (const afterMs of [300, 1000]) {
      const process = run.start('state');
      await process.printed(/"stage":"download".*"msg":"running"/);
      await sleep(afterMs);
      await process.kill();
    }
    const last = run.start('state', '--once');
    if ((await last.ended) !== 0) throw new Error(last.output().slice(-4_000));
    expect(await run.outcome()).toEqual(run.expected);
  }, 200_000);
});

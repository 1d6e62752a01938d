import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { claimx } from '../../src/apps/claimx/topology.ts';
import { type AppRun, openAppRun } from './app-run.ts';

const bootstrap = inject('kafkaBootstrap');
const RUNNING = /"stage":"enricher".*"msg":"running"/;

describe.skipIf(bootstrap.length === 0)('claimx on Apache Kafka', () => {
  let run: AppRun;
  afterEach(() => run.close());

  it('leaves exactly the expected tables although its process is killed again and again', async () => {
    run = await openAppRun({ app: claimx, brokers: bootstrap, events: 600, seed: 11 });
    for (let kill = 0; kill < 6; kill++) {
      const process = run.start('state');
      await process.printed(RUNNING);
      // Each life is longer than the one before: some end while stages join, some in the middle of the work.
      await sleep(300 + kill * 350);
      await process.kill();
    }
    const last = run.start('state', '--once');
    if ((await last.ended) !== 0) throw new Error(last.output().slice(-4_000));
    expect(await run.outcome()).toEqual(run.expected);
  }, 300_000);

  it('leaves exactly the expected tables with two processes that share the work and are killed by turns', async () => {
    run = await openAppRun({ app: claimx, brokers: bootstrap, events: 600, seed: 23 });
    const processes = [run.start('a'), run.start('b')];
    for (let kill = 0; kill < 4; kill++) {
      await processes[kill % 2]?.printed(RUNNING);
      await sleep(400 + kill * 300);
      await processes[kill % 2]?.kill();
      processes[kill % 2] = run.start(kill % 2 === 0 ? 'a' : 'b');
    }
    // Both work on to the end: neither is told when that is.
    await expect.poll(() => run.outcome(), { timeout: 100_000, interval: 1000 }).toEqual(run.expected);
    for (const process of processes) expect(await process.stop()).toBe(0);
    expect(await run.outcome()).toEqual(run.expected);
  }, 200_000);
});

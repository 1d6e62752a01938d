import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { builtInstance } from '../chaos/build.ts';
import type { Broker } from '../integration/kafka/broker.ts';
import { missingTools } from '../integration/kafka/class-path.ts';
import { freePort, startJavaBroker } from '../integration/kafka/java-broker.ts';
import { until } from '../integration/runtime/cluster.ts';
import { type AnswerSwallower, startAnswerSwallower } from './answer-swallower.ts';
import { type ChaosScene, type ChaosSceneOptions, openChaosScene } from './chaos-scene.ts';

const missing = missingTools();
if (missing !== null) console.log(`skipped: lost answers of a broker (${missing})`);

const SESSION_TIMEOUT_MS = 2_000;
const PERFECT = { lost: 0, duplicated: 0, wrongAggregates: 0, examples: [] };
const guarantee = 'exactly_once_v2';

describe.skipIf(missing !== null)('exactly once, when a broker and an instance lose sight of each other', () => {
  let program = '';
  let broker: Broker;
  let proxy: AnswerSwallower;
  let run: ChaosScene | null = null;

  beforeAll(async () => {
    program = builtInstance('stepped-instance');
    const port = await freePort();
    proxy = await startAnswerSwallower({ port: () => port });
    broker = await startJavaBroker({
      listener: { name: 'PROXIED', protocol: 'PLAINTEXT', port, advertisedPort: proxy.port },
      properties: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500 },
    });
  }, 120_000);
  afterEach(async () => {
    await run?.close();
    run = null;
  });
  afterAll(async () => {
    await broker.stop();
    await proxy.close();
  });

  async function open(over: Partial<ChaosSceneOptions> = {}): Promise<ChaosScene> {
    const brokers = broker.bootstrap;
    const bootstrap = [`127.0.0.1:${proxy.port}`];
    run = await openChaosScene({
      guarantee,
      brokers,
      bootstrap,
      program,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      ...over,
    });
    await run.scene.recovered(60_000);
    return run;
  }

  it.each([
    ['AddPartitionsToTxn', 24],
    ['Produce', 0],
    ['AddOffsetsToTxn', 25],
    ['TxnOffsetCommit', 28],
    ['EndTxn', 26],
  ])(
    'asks again when the answer to %s is lost, and repeats nothing',
    async (_name, apiKey) => {
      const { scene, verdict } = await open();
      for (let times = 0; times < 2; times++) {
        await proxy.swallow(apiKey);
        await scene.recovered(60_000);
      }
      expect(await verdict()).toEqual(PERFECT);
      expect(scene.instances.map(({ crashes, threadRestarts }) => [crashes, threadRestarts])).toEqual([[0, 0]]);
    },
    120_000,
  );

  it('aborts and joins again when it wakes up in the middle of a commit and others have its tasks', async () => {
    const { scene, members, verdict } = await open({ transactionTimeoutMs: 60_000 });
    const [zombie] = scene.instances;
    const [before] = (await members()) ?? [];
    zombie?.arm({ step: 'positions', when: 'before', signal: 'SIGSTOP' });
    const heir = scene.add('heir');
    heir.start();
    // It has the tasks, and waits for the end of the transaction that the other has open on their changelogs.
    const alone = async (): Promise<boolean> => {
      const now = await members();
      return now?.length === 1 && now[0] !== before;
    };
    await until('the heir alone in the group', alone, 40_000);
    zombie?.signal('SIGCONT');
    await scene.recovered(60_000);
    expect(await verdict()).toEqual(PERFECT);
    expect(scene.instances.map(({ crashes, threadRestarts }) => [crashes, threadRestarts])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  }, 120_000);

  it.each(['before', 'after'] as const)(
    'replaces its thread when the broker has aborted its transaction, %s its positions were in it',
    async (when) => {
      const { scene, verdict } = await open({ sessionTimeoutMs: 60_000, transactionTimeoutMs: 1_000 });
      const [sleeper] = scene.instances;
      sleeper?.arm({ step: 'positions', when, signal: 'SIGSTOP' });
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      sleeper?.signal('SIGCONT');
      await until('another thread', () => (sleeper?.threadRestarts ?? 0) > 0, 60_000);
      await scene.recovered(60_000);
      expect(await verdict()).toEqual(PERFECT);
      expect(sleeper?.crashes).toBe(0);
    },
    120_000,
  );
});

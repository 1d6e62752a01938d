import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeltaTable, kafkaClient, type KafkaClient, type ProcessingGuarantee } from '../../src/index.ts';
import { startBroker } from '../integration/kafka/broker.ts';
import { Collector } from './collector.ts';
import { recompute } from './expected.ts';
import { faultsInTurns } from './faults.ts';
import { judge, type Findings, type Verdict } from './judge.ts';
import { lastValues } from './last-values.ts';
import { type Load, startLoad } from './load.ts';
import { Observed, type Tally, tally } from './observed.ts';
import { seededRandom } from './random.ts';
import { type Deeds, Scene } from './scene.ts';
import { type Names, PARTITIONS } from './topology.ts';

export interface ChaosOptions {
  /** No further round begins after so many … */
  readonly rounds: number;
  /** … or so long after the start. */
  readonly limitMs: number;
  readonly seed: number;
  readonly guarantee: ProcessingGuarantee;
  readonly instances: number;
  readonly ordersPerSecond: number;
  readonly say: (line: string) => void;
}

export interface ChaosResult extends Deeds, Omit<Verdict, 'examples'> {
  readonly rounds: number;
  readonly records: number;
  /** Processes that ended although nobody asked them to, and were started again. */
  readonly crashes: number;
  readonly threadRestarts: number;
  readonly examples: readonly string[];
  readonly folder: string;
}

const ROUND_LIMIT_MS = 180_000;
const RECOVERY_LIMIT_MS = 90_000;
const SETTLE_LIMIT_MS = 90_000;

/** @throws when a round hangs, with what helps to find out why */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { guarantee, say } = options;
  const random = seededRandom(options.seed);
  const folder = await mkdtemp(join(tmpdir(), 'topology-chaos-'));
  const names = await namesOf(folder);
  const broker = await startBroker();
  const client = kafkaClient({ brokers: broker.bootstrap });
  let scene: Scene | null = null;
  let collector: Collector | null = null;
  try {
    await client.connect();
    await createTopics(client, names);
    say(`logs and state: ${folder}; broker: ${broker.bootstrap.join()}`);
    scene = new Scene({ broker, client, names, guarantee, instances: options.instances, folder });
    const observed = new Observed(names);
    const { orders, payments, counts, totals, pairs, called } = names;
    collector = new Collector(client, [orders, payments, counts, totals, pairs, called], (record) =>
      observed.take(record),
    );
    const load = await startLoad(client, names, seededRandom(options.seed + 1), options.ordersPerSecond);
    await scene.recovered(RECOVERY_LIMIT_MS);
    const rounds = await runRounds(options, scene, load, observed, seededRandom(random.whole(0, 1 << 30)));
    await load.stop();
    say(`the load ended: ${load.sent} records`);
    const verdict = await settle(options, { client, names, scene, collector, observed });
    return {
      rounds,
      ...scene.deeds,
      crashes: scene.instances.reduce((sum, { crashes }) => sum + crashes, 0),
      threadRestarts: scene.instances.reduce((sum, { threadRestarts }) => sum + threadRestarts, 0),
      records: observed.orders.length + observed.payments.length,
      ...verdict,
      folder,
    };
  } catch (error) {
    if (scene !== null) say(await scene.diagnosis());
    say(`see ${folder}`);
    throw error;
  } finally {
    await scene?.killAll();
    await collector?.close().catch(() => undefined);
    await client.close().catch(() => undefined);
    await broker.stop();
  }
}

async function runRounds(
  { rounds, limitMs, guarantee, say }: ChaosOptions,
  scene: Scene,
  load: Load,
  observed: Observed,
  random: ReturnType<typeof seededRandom>,
): Promise<number> {
  const faults = faultsInTurns(random);
  const begun = performance.now();
  let round = 0;
  while (round < rounds && performance.now() - begun < limitMs) {
    round++;
    const at = performance.now();
    const done: string[] = [];
    const work = async (): Promise<void> => {
      const both = random.next() < 0.4;
      const [name, fault] = faults.next().value;
      done.push(name);
      // A second fault in the middle of the first.
      if (both) {
        const [other, second] = faults.next().value;
        done.push(other);
        const alone = name.startsWith('broker') && other.startsWith('broker');
        await Promise.all([
          fault(scene, random, say),
          alone ? undefined : sleep(random.whole(100, 1_500)).then(() => second(scene, random, say)),
        ]);
      } else await fault(scene, random, say);
      await scene.recovered(RECOVERY_LIMIT_MS);
    };
    const late = new AbortController();
    const limit = sleep(ROUND_LIMIT_MS, undefined, { signal: late.signal }).then(
      () => {
        throw new Error(`round ${round} (${done.join(' and ')}) did not end within ${ROUND_LIMIT_MS} ms`);
      },
      () => undefined,
    );
    await Promise.race([work(), limit]);
    late.abort();
    const repeated = guarantee === 'exactly_once_v2' ? `, ${repeats(observed)} repeated` : '';
    say(
      `round ${round}: ${done.join(' and ')}, recovered after ${Math.round(performance.now() - at)} ms; ${load.sent} records sent, ${observed.called.size} results read${repeated}`,
    );
    await sleep(random.whole(500, 1_500));
  }
  return round;
}

/** Outputs that were read more than once so far. */
function repeats({ counts, pairs, called }: Observed): number {
  let more = 0;
  for (const each of [counts, pairs, called]) for (const times of each.values()) more += times - 1;
  return more;
}

interface Settling {
  readonly client: KafkaClient;
  readonly names: Names;
  readonly scene: Scene;
  readonly collector: Collector;
  readonly observed: Observed;
}

/** Judges again and again until nothing is missing any more; and once more later, for what should not follow. */
async function settle(options: ChaosOptions, settling: Settling): Promise<Verdict> {
  const { scene, collector } = settling;
  const deadline = performance.now() + SETTLE_LIMIT_MS;
  let clean = 0;
  for (;;) {
    await scene.recovered(RECOVERY_LIMIT_MS);
    await collector.caughtUp(30_000);
    const verdict = judge(options.guarantee, await findings(settling));
    const complete = verdict.lost === 0 && verdict.wrongAggregates === 0;
    clean = complete ? clean + 1 : 0;
    if (clean === 2 || performance.now() > deadline) return verdict;
    await sleep(1_500);
  }
}

async function findings({ client, names, scene, observed }: Settling): Promise<Findings> {
  const rows: Tally = new Map();
  const table = await DeltaTable.open(names.table);
  for (const { id } of await table.readRows()) tally(rows, String(id));
  const changelog = (store: string): string => `${names.applicationId}-${store}-changelog`;
  const counts = await lastValues(client, changelog('counts'), (value) => Number(value.readBigInt64BE()));
  const totals = await lastValues(client, changelog('totals'), (value) => value.readDoubleBE());
  const held = { from: 'stores', counts: new Map<string, number>(), totals: new Map<string, number>() };
  for (const instance of scene.instances) {
    const stores = await instance.stores();
    for (const [key, value] of stores?.counts ?? []) held.counts.set(key, value);
    for (const [key, value] of stores?.totals ?? []) held.totals.set(key, value);
  }
  const expected = recompute(observed.orders, observed.payments);
  return { expected, observed, rows, stores: [{ from: 'changelogs', counts, totals }, held] };
}

async function namesOf(folder: string): Promise<Names> {
  const table = join(folder, 'table');
  await mkdir(table);
  return {
    applicationId: 'chaos',
    orders: 'orders',
    payments: 'payments',
    counts: 'counts',
    totals: 'totals',
    pairs: 'pairs',
    called: 'called',
    table,
  };
}

async function createTopics(client: KafkaClient, names: Names): Promise<void> {
  const { orders, payments, counts, totals, pairs, called } = names;
  await client.admin.createTopics(
    [orders, payments, counts, totals, pairs, called].map((name) => ({
      name,
      partitions: PARTITIONS,
      replicationFactor: 1,
    })),
  );
}

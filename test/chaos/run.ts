import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaClient, type ProcessingGuarantee } from '../../src/index.ts';
import { startBroker } from '../integration/kafka/broker.ts';
import { Collector } from './collector.ts';
import { faultsInTurns } from './faults.ts';
import type { Verdict } from './judge.ts';
import { type Load, startLoad } from './load.ts';
import { Observed } from './observed.ts';
import { seededRandom } from './random.ts';
import { type Deeds, Scene } from './scene.ts';
import { settle } from './settle.ts';
import { createTopics, nameRun } from './topics.ts';

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

const ROUND_LIMIT_MS = 240_000;
const RECOVERY_LIMIT_MS = 120_000;

/** @throws when a round hangs, with what helps to find out why */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { guarantee, say } = options;
  const random = seededRandom(options.seed);
  const folder = await mkdtemp(join(tmpdir(), 'topology-chaos-'));
  const names = await nameRun('chaos', folder);
  // Not sooner than by default (10 s) does it abort what timed out: in the moment after its start in which a lone broker
  // leads no partition yet, its coordinator takes partitions for deleted and ends transactions without a marker in them.
  // Such transactions hang for good (`kafka-transactions.sh find-hanging`), and every reader of committed records with them.
  const broker = await startBroker();
  const client = kafkaClient({ brokers: broker.bootstrap });
  let scene: Scene | null = null;
  let collector: Collector | null = null;
  let failed = false;
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
    const verdict = await settle({ guarantee, client, names, scene, collector, observed });
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
    failed = true;
    if (scene !== null) say(await scene.diagnosis());
    say(`see ${folder}, and the newest kafka-broker folder beside it for the broker's log and data`);
    throw error;
  } finally {
    await scene?.killAll();
    await collector?.close().catch(() => undefined);
    await client.close().catch(() => undefined);
    // Killed, it leaves its data: a run that hung may have its reason there.
    await (failed ? broker.kill() : broker.stop());
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

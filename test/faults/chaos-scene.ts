import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaClient, type ProcessingGuarantee } from '../../src/index.ts';
import { Collector } from '../chaos/collector.ts';
import type { Verdict } from '../chaos/judge.ts';
import { startLoad } from '../chaos/load.ts';
import { Observed } from '../chaos/observed.ts';
import { seededRandom } from '../chaos/random.ts';
import { Scene, type SceneOptions } from '../chaos/scene.ts';
import { settle } from '../chaos/settle.ts';
import { createTopics, nameRun } from '../chaos/topics.ts';

export interface ChaosScene {
  readonly scene: Scene;
  /** Ids of the group's members, once it is settled; null while it is not. */
  readonly members: () => Promise<readonly string[] | null>;
  /** Ends the load, waits for all that must come of it, and compares it with what a recomputation says. */
  readonly verdict: () => Promise<Verdict>;
  readonly close: () => Promise<void>;
}

export interface ChaosSceneOptions extends Partial<Omit<SceneOptions, 'client' | 'names' | 'folder'>> {
  readonly guarantee: ProcessingGuarantee;
  /** The broker's own address, for what the test itself reads and writes. */
  readonly brokers: readonly string[];
  readonly program: string;
}

/** The application of the chaos runs under load, on topics of its own, for a test that does one thing to it. */
export async function openChaosScene({ guarantee, brokers, ...options }: ChaosSceneOptions): Promise<ChaosScene> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-scene-'));
  const client = kafkaClient({ brokers });
  await client.connect();
  const names = await nameRun(`fault-${Date.now().toString(36)}-${process.pid}`, folder);
  await createTopics(client, names);
  const notOurs = async (): Promise<void> => {
    throw new Error('the broker is the whole run’s');
  };
  const broker = { bootstrap: brokers, stop: notOurs, kill: notOurs, restart: notOurs };
  const scene = new Scene({ broker, client, names, guarantee, instances: 1, folder, ...options });
  const observed = new Observed(names);
  const { orders, payments, counts, totals, pairs, called } = names;
  const topics = [orders, payments, counts, totals, pairs, called];
  const collector = new Collector(client, topics, (record) => observed.take(record));
  const load = await startLoad(client, names, seededRandom(1), 200);
  return {
    scene,
    members: async () => {
      const { state, members } = await client.admin.describeGroup(names.applicationId);
      return state === 'Stable' ? members.map(({ memberId }) => memberId) : null;
    },
    verdict: async () => {
      await load.stop();
      return settle({ guarantee, client, names, scene, collector, observed });
    },
    close: async () => {
      await scene.killAll();
      await load.stop();
      await collector.close();
      await client.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

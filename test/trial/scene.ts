import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { openSample as openClaimx } from '../../src/apps/claimx/sample/sample.ts';
import { claimxTables } from '../../src/apps/claimx/tables.ts';
import { claimx } from '../../src/apps/claimx/topology.ts';
import type { Facts } from '../../src/apps/shared/sample/facts.ts';
import type { Simulator } from '../../src/apps/shared/sample/simulated-server.ts';
import type { TableSet } from '../../src/apps/shared/table-set.ts';
import { openSample as openXact } from '../../src/apps/xact/sample/sample.ts';
import { xactTables } from '../../src/apps/xact/tables.ts';
import { xact } from '../../src/apps/xact/topology.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { SchemaRegistry } from '../../src/core/serde.ts';
import { startRegistryServer } from '../../src/embedded/registry-server.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import type { KafkaClient, ProcessingGuarantee } from '../../src/index.ts';
import { kafkaClient } from '../../src/kafka/connect.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import type { Sample, SampleEnvironment } from '../../src/runtime/define-app.ts';
import { removeEarlierRun } from '../faults/app-run.ts';
import { buildCommand, type Command, command } from '../faults/command.ts';

const APPS = {
  claimx: { app: claimx, tables: claimxTables, open: openClaimx },
  xact: { app: xact, tables: xactTables, open: openXact },
};

export type AppName = keyof typeof APPS;

export function isAppName(name: string): name is AppName {
  return Object.hasOwn(APPS, name);
}

export type SceneOptions = Pick<SampleEnvironment, 'events' | 'seed' | 'faults' | 'outageMs' | 'eventsPerSecond'> & {
  readonly app: AppName;
  readonly brokers: readonly string[];
  /** An empty folder for everything that the run leaves. */
  readonly folder: string;
  readonly guarantee: ProcessingGuarantee;
  /** `sample`: small batches and short waits, for a trial; `own`: the application's (default `sample`). */
  readonly pace?: 'sample' | 'own';
  /** Node's flags for processes of the application. */
  readonly nodeFlags?: readonly string[];
};

/**
 * An application on a real cluster: its input, its simulated services and its registry are in this process, all its stages in
 * another one, which can be measured and killed.
 */
export interface Scene {
  readonly sample: Sample & { readonly facts: Facts; readonly simulator: Simulator };
  readonly client: KafkaClient;
  readonly registry: SchemaRegistry;
  readonly tables: TableSet;
  /** The folder of everything, and that of the tables in it. */
  readonly folder: string;
  readonly lake: string;
  /** A process with all stages; each of them has the state of the one before. */
  start(...flags: readonly string[]): Command;
  close(): Promise<void>;
}

export async function openScene(options: SceneOptions): Promise<Scene> {
  const { app: name, brokers, folder, guarantee, pace = 'sample', nodeFlags = [], ...size } = options;
  const { app, tables, open } = APPS[name];
  buildCommand();
  await mkdir(folder, { recursive: true });
  const client = kafkaClient({ brokers });
  await client.connect();
  await removeEarlierRun(client.admin, app);
  const registry = new EmbeddedRegistry();
  const server = await startRegistryServer(registry.core);
  const sample = await open({ client, registry, logger: silentLogger, clock: systemClock, dataDir: folder, ...size });
  await client.admin.createTopics(sample.topics);
  const config = join(folder, 'trial.yaml');
  const settings = {
    registry: { url: server.url },
    apps: { [name]: pace === 'sample' ? sample.config : ownPace(sample.config) },
    // A killed member is missed after its session only: the shortest that the broker allows by default.
    streams: { processingGuarantee: guarantee, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 },
  };
  await writeFile(config, stringify(settings), { mode: 0o600 });
  const args = ['start', '--app', name, '--brokers', brokers.join(','), '--config', config, '--port', '0'];
  return {
    sample,
    client,
    registry,
    tables,
    folder,
    lake: join(folder, 'lake'),
    start: (...flags) => command([...args, '--data-dir', join(folder, 'state'), ...flags], {}, nodeFlags),
    close: async () => {
      await sample.close();
      await server.close();
      await client.close();
    },
  };
}

function ownPace({ flush: _flush, enrichment: _enrichment, ...section }: Sample['config']): Sample['config'] {
  return section;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { reportFailure } from '../../src/cli/failure.ts';
import { configOf } from '../../src/cli/flags.ts';
import { LakeTables } from '../../src/cli/lake-tables.ts';
import { openCluster } from '../../src/cli/open-cluster.ts';
import { runApp } from '../../src/cli/run-app.ts';
import { NO_HEADERS } from '../../src/core/record.ts';
import type { Serde } from '../../src/core/serde.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import { startRegistryServer, type RegistryServer } from '../../src/embedded/registry-server.ts';
import { startWireServer, type WireServer } from '../../src/embedded/wire-server.ts';
import { defineApp } from '../../src/runtime/define-app.ts';
import { StreamsApp } from '../../src/runtime/streams-app.ts';
import { avro } from '../../src/serdes/avro.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { lockStateDirectory } from '../../src/state/level/lock-state-directory.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import { fakeTerminal } from './terminal-fixture.ts';

let dataDir: string;
let broker: WireServer;
let registry: RegistryServer;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'topology-bad-'));
  const embedded = new EmbeddedBroker();
  broker = await startWireServer(embedded);
  const schemas = new EmbeddedRegistry();
  registry = await startRegistryServer(schemas.core);
  await schemas.register('out-value', JSON.stringify(user('string')));
  const client = embeddedClient(embedded);
  await client.connect();
  await client.admin.createTopics(['in', 'out'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })));
  const producer = client.producer();
  await producer.init();
  producer.send('in', 0, null, Buffer.from('{"id":"x"}'), Date.now(), NO_HEADERS);
  await producer.flush();
  await client.close();
});
afterAll(async () => {
  await registry.close();
  await broker.close();
  await rm(dataDir, { recursive: true });
});

function user(type: string) {
  return { type: 'record', name: 'User', fields: [{ name: 'id', type }] } as const;
}

interface Copy {
  readonly from: string;
  readonly value?: Serde<unknown>;
  readonly out?: Serde<unknown>;
}

/** An application that copies a topic to `out`. */
function copy(name: string, { from, value = serdes.bytes, out = value }: Copy) {
  const topology = () => {
    const builder = new StreamsBuilder();
    builder
      .stream(from, { key: serdes.bytes, value })
      .mapValues((given) => given)
      .to('out', { key: serdes.bytes, value: out });
    return builder.build();
  };
  return defineApp({ name, description: '', stages: [{ name, applicationId: name, topology }] });
}

/** Runs it with the real parts of the command, until it fails; answers what was said last, and the exit code. */
async function failureOf(app: ReturnType<typeof copy>, brokers = broker.address) {
  const { terminal, written } = fakeTerminal();
  const config = await configOf(
    { brokers: [brokers], registry: registry.url, port: 0, logLevel: 'silent', dataDir },
    {},
  );
  const stop = new AbortController();
  const started = performance.now();
  const run = runApp(
    {
      app,
      origin: { apps: [app.name], folder: '.' },
      stages: app.stages,
      config,
      dataDir,
      embedded: false,
      once: false,
      sample: { events: 0, seed: 0 },
    },
    {
      terminal,
      openCluster,
      createRuntime: (topology, settings) => new StreamsApp(topology, settings),
      lakeTables: (folder) => new LakeTables(folder),
      stop: stop.signal,
    },
  );
  const error = await run.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const code = reportFailure(terminal, error, false);
  return { line: written.err, code, tookMs: performance.now() - started };
}

describe('bad input is said in one line, with what to do, and the command fails:', () => {
  it('a broker that is not there', async () => {
    const { line, code, tookMs } = await failureOf(copy('nobody', { from: 'in' }), '127.0.0.1:1');
    expect(line).toMatch(/^topology: no Kafka broker answered: 127\.0\.0\.1:1.* Check .*\[BROKER_UNAVAILABLE\]\n$/);
    expect(code).toBe(1);
    expect(tookMs).toBeLessThan(15_000);
  });

  it('a topic that does not exist', async () => {
    const { line, code } = await failureOf(copy('lost', { from: 'no-such-topic' }));
    expect(line).toMatch(
      /^topology: source topic no-such-topic of lost does not exist; create it and start again \[TOPIC_MISSING\]\n$/,
    );
    expect(code).toBe(1);
  });

  it('a schema that does not fit what is registered', async () => {
    const { line, code } = await failureOf(copy('misfit', { from: 'in', out: avro(user('int')) }));
    expect(line).toMatch(/^topology: .*incompatible.*\(topic out\)\. Change the schema .*\[SCHEMA_INCOMPATIBLE\]\n$/);
    expect(code).toBe(1);
  });

  it('records that the schema does not fit', async () => {
    const { line, code } = await failureOf(copy('unread', { from: 'in', value: avro(user('string')) }));
    expect(line).toMatch(
      /^topology: User: .*\(topic in, partition 0, offset 0, at \S+\)\. .*deserializationHandler .*\[DESERIALIZATION\]\n$/,
    );
    expect(code).toBe(1);
  });

  it('a state folder that another process uses', async () => {
    const topology = () => {
      const builder = new StreamsBuilder();
      builder.table('in', { key: serdes.bytes, value: serdes.bytes, store: 'kept' });
      return builder.build();
    };
    const app = defineApp({
      name: 'twice',
      description: '',
      stages: [{ name: 'a', applicationId: 'twice', topology }],
    });
    const lock = await lockStateDirectory(join(dataDir, 'state', 'twice'));
    try {
      const { line, code } = await failureOf(app);
      expect(line).toMatch(/^topology: the state folder \S+twice is in use by .*: stop it, .*\[STATE_DIR_LOCKED\]\n$/);
      expect(code).toBe(1);
    } finally {
      await lock.release();
    }
  });
});

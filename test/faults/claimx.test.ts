import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { confluentRegistry } from '../../src/serdes/confluent-registry.ts';
import { kafkaClient } from '../../src/kafka/connect.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { DeltaTable } from '../../src/sinks/delta/table.ts';
import { distinctDeadLetters } from './dead-letters.ts';
import { buildCommand, type Command, command } from './command.ts';

const bootstrap = inject('kafkaBootstrap');
const EVENTS = 600;
const KILLS = 6;

interface Expected {
  readonly tables: Readonly<Record<string, number>>;
  readonly deadLetters: Readonly<Record<string, number>>;
}

describe.skipIf(bootstrap.length === 0)('claimx on Apache Kafka', () => {
  let dir: string;
  let client: KafkaClient;
  let services: Command;

  beforeAll(async () => {
    buildCommand();
    dir = await mkdtemp(join(tmpdir(), 'claimx-kill-'));
    client = kafkaClient({ brokers: bootstrap });
    await client.connect();
    // A killed member is missed after its session only: the shortest that the broker allows.
    await writeFile(join(dir, 'session.yaml'), 'streams: { sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000 }\n');
    services = command([
      'sample',
      '--app',
      'claimx',
      '--brokers',
      bootstrap.join(','),
      '--data-dir',
      dir,
      '--events',
      String(EVENTS),
      '--seed',
      '11',
      '--keep',
    ]);
    await services.printed(/run until Ctrl-C/);
  });

  afterAll(async () => {
    await services.stop();
    await client.close();
    await rm(dir, { recursive: true, force: true });
  });

  const start = (...more: string[]): Command =>
    command([
      'start',
      '--app',
      'claimx',
      '--brokers',
      bootstrap.join(','),
      '--config',
      join(dir, 'sample.yaml'),
      '--config',
      join(dir, 'session.yaml'),
      '--port',
      '0',
      ...more,
    ]);

  it('leaves exactly the expected tables although its process is killed again and again', async () => {
    const expected = JSON.parse(await readFile(join(dir, 'expected.json'), 'utf8')) as Expected;
    for (let kill = 0; kill < KILLS; kill++) {
      const run = start();
      await run.printed(/"stage":"enricher".*"msg":"running"/);
      // Each life is longer than the one before: some end while stages join, some in the middle of the work.
      await new Promise((resolve) => setTimeout(resolve, 300 + kill * 350));
      await run.kill();
    }
    const last = start('--once');
    if ((await last.ended) !== 0) throw new Error(last.output().slice(-4_000));

    const rows: Record<string, number> = {};
    for (const table of Object.keys(expected.tables)) rows[table] = await countRows(join(dir, 'lake', table));
    expect(rows).toEqual(expected.tables);
    const { registry } = parse(await readFile(join(dir, 'sample.yaml'), 'utf8')) as { registry: { url: string } };
    const deadLetters = await distinctDeadLetters(
      client,
      confluentRegistry(registry),
      Object.keys(expected.deadLetters),
    );
    expect(deadLetters).toEqual(expected.deadLetters);
  }, 300_000);

  async function countRows(path: string): Promise<number> {
    const table = await DeltaTable.open(path);
    return (await table.readRows()).length;
  }
});

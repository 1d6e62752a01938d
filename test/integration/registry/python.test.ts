import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventSchema, newEvent } from '../../../src/apps/claimx/schemas.generated.ts';
import type { Event } from '../../../src/apps/claimx/schemas.generated.ts';
import type { Serde } from '../../../src/core/serde.ts';
import { RegistryCore } from '../../../src/embedded/registry-core.ts';
import { startRegistryServer } from '../../../src/embedded/registry-server.ts';
import type { RegistryServer } from '../../../src/embedded/registry-server.ts';
import { avro } from '../../../src/serdes/avro.ts';
import { confluentRegistry } from '../../../src/serdes/confluent-registry.ts';

/** A Python that has confluent-kafka with its Avro and registry extras; `PYTHON` names another one. */
const python = process.env['PYTHON'] ?? 'python3';
const probe = spawnSync(python, ['-c', 'import confluent_kafka.schema_registry.avro'], { encoding: 'utf8' });
const missing = probe.error ? `${python} is not there` : probe.status === 0 ? null : 'confluent-kafka is not installed';
if (missing !== null) {
  console.log(
    `skipped: Confluent's Python client against the embedded registry: ${missing} (pip install 'confluent-kafka[avro,schemaregistry]')`,
  );
}

const event = newEvent({
  event_id: 'from-node',
  event_type: 'PROJECT_FILE_ADDED',
  project_id: 'p1',
  ingested_at: 1_767_225_600_123,
  raw_data: '{"größe": 1}',
});

interface Answer {
  readonly read: Readonly<Record<string, unknown>>;
  readonly written: string;
  readonly [question: string]: unknown;
}

describe.skipIf(missing !== null)('Confluent’s Python client and the embedded registry', () => {
  let server: RegistryServer;
  let serde: Serde<Event>;
  let answer: Answer;

  beforeAll(async () => {
    server = await startRegistryServer(new RegistryCore());
    const use = { topic: 'events', role: 'value', direction: 'both' } as const;
    const prepared = await avro(eventSchema).prepare?.({ ...use, registry: confluentRegistry({ url: server.url }) });
    if (!prepared) throw new Error('an avro serde has prepare()');
    serde = prepared;
    const framed = serde.serialize('events', event).toString('hex');
    const request = { url: server.url, schema: JSON.stringify(eventSchema), topic: 'events', framed };
    answer = JSON.parse(await run(JSON.stringify(request))) as Answer;
  }, 60_000);
  afterAll(() => server.close());

  it('Python reads the record that Node wrote', () => {
    expect(answer.read).toMatchObject({
      event_id: 'from-node',
      project_id: 'p1',
      ingested_at: '2026-01-01 00:00:00.123000+00:00',
      raw_data: '{"größe": 1}',
      media_id: null,
    });
  });

  it('Node reads the record that Python wrote', async () => {
    const bytes = Buffer.from(answer.written, 'hex');
    expect(serde.deserialize('events', bytes)).toStrictEqual({ ...event, event_id: 'from-python', media_id: 'médiä' });
  });

  it('Python finds the schema that Node registered', () => {
    expect(answer).toMatchObject({
      subjects: ['events-value'],
      versions: [1],
      latest: ['events-value', 1, 1],
      sameId: 1,
      lookup: 1,
    });
  });

  it('Python understands every refusal', () => {
    expect(answer).toMatchObject({
      compatible: false,
      incompatible: [409, 409],
      invalid: [422, 42201],
      unknownSubject: [404, 40401],
      unknownVersion: [404, 40402],
      unknownId: [404, 40403],
    });
  });

  it('Python sets rules and deletes', () => {
    expect(answer).toMatchObject({ rule: 'BACKWARD', deleted: [1], deletedForGood: [1] });
    expect(JSON.stringify(answer['ruleSet'])).toContain('FULL');
  });
});

function run(input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [join(import.meta.dirname, 'roundtrip.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(new Error(`${python} ended with ${code}`));
    });
    child.stdin.end(input);
  });
}

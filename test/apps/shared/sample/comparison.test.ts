import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compare, type Manifest } from '../../../../src/apps/shared/sample/comparison.ts';
import { tableSet } from '../../../../src/apps/shared/table-set.ts';
import { EmbeddedBroker } from '../../../../src/embedded/broker.ts';
import { embeddedClient } from '../../../../src/embedded/client.ts';
import type { KafkaClient } from '../../../../src/kafka/client.ts';
import { DeltaTable } from '../../../../src/sinks/delta/table.ts';

const schema = { type: 'record', name: 'Row', fields: [{ name: 'id', type: 'string' }] } as const;
const tables = tableSet({ things: { schema, mergeKeys: ['id'] } });

describe('the comparison of a run with its manifest', () => {
  let folder: string;
  let client: KafkaClient;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comparison-'));
    client = embeddedClient(new EmbeddedBroker());
    await client.connect();
    await client.admin.createTopics([{ name: 'things.dlq', partitions: 1, replicationFactor: -1 }]);
  });
  afterEach(async () => {
    await client.close();
    await rm(folder, { recursive: true });
  });
  const write = async (...ids: string[]): Promise<void> => {
    const { path, schema } = tables.options(folder, 'things');
    const table = await DeltaTable.createOrOpen(path, { schema });
    await table.append(ids.map((id) => ({ id })));
  };
  const result = (things: number, letters: number) => {
    const manifest: Manifest = { tables: { things }, deadLetters: { 'things.dlq': letters } };
    return compare({ client, tables, folder, manifest, requests: new Map([['file', 3]]) });
  };

  it('is complete where rows and dead letters are those expected', async () => {
    await write('a', 'b');
    const { lines, complete } = await result(2, 0);
    expect(complete).toBe(true);
    expect(lines.at(-1)).toBe('All as expected.');
    expect(lines.join('\n')).toContain('file 3');
  });

  it('sees rows that are missing, a row that is there twice, and dead letters that are missing', async () => {
    await write('a', 'a');
    expect((await result(3, 0)).complete).toBe(false);
    const twice = await result(2, 0);
    expect(twice.complete).toBe(false);
    expect(twice.lines.join('\n')).toContain('1 rows twice');
    expect((await result(2, 1)).lines.at(-1)).toContain('NOT as expected');
  });

  it('takes a table that was never written for an empty one', async () => {
    expect((await result(0, 0)).complete).toBe(true);
    expect((await result(1, 0)).complete).toBe(false);
  });
});

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import * as generated from '../../src/apps/claimx/schemas.generated.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import type { AvroSchema } from '../../src/serdes/avro-schema.ts';
import { avroType } from '../../src/serdes/avro-type.ts';
import { avro } from '../../src/serdes/avro.ts';

const schemas = Object.entries(generated).filter(([name]) => name.endsWith('Schema')) as [string, AvroSchema][];
const records = readdirSync('schemas/claimx')
  .map((file) => JSON.parse(readFileSync(`schemas/claimx/${file}`, 'utf8')) as { readonly name: string; type: string })
  .filter(({ type }) => type === 'record');

describe('the generated types', () => {
  it('are what the schemas say', async () => {
    const check = promisify(execFile)(process.execPath, ['scripts/generate-types.mjs', '--check']);
    await expect(check).resolves.toMatchObject({ stderr: '' });
  });

  it('have a schema for each record of the folder', () => {
    const names = new Set(schemas.map(([, schema]) => schema.name));
    expect(names).toEqual(new Set(records.map(({ name }) => name)));
  });

  it.each(schemas)('%s can be registered and used', async (_name, schema) => {
    const serde = await avro(schema).prepare?.({
      topic: 't',
      role: 'value',
      direction: 'both',
      registry: new EmbeddedRegistry(),
    });
    const value: unknown = avroType(schema).random();
    const bytes = serde?.serialize('t', value) ?? Buffer.alloc(0);
    expect(serde?.deserialize('t', bytes)).toEqual(value);
  });

  it('fill in the defaults', () => {
    const task = generated.newDownloadTask({
      media_id: 'm',
      project_id: 'p',
      download_url: 'u',
      blob_path: 'b',
      created_at: 1,
      file_name: undefined,
    });
    expect(task).toStrictEqual({
      media_id: 'm',
      project_id: 'p',
      download_url: 'u',
      blob_path: 'b',
      file_type: '',
      file_name: '',
      source_event_id: '',
      retry_count: 0,
      expires_at: null,
      url_refresh_attempted: false,
      created_at: 1,
    });
    expect(avroType(generated.downloadTaskSchema).isValid(task)).toBe(true);
  });

  it('fit what a table takes as a row', () => {
    const row: Readonly<Record<string, unknown>> = generated.newEventRow({
      event_id: 'e',
      event_type: 't',
      project_id: 'p',
      ingested_at: 1,
      created_at: 2,
    });
    expect(row['raw_data']).toBeNull();
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimxTables } from '../../src/apps/claimx/tables.ts';
import { xactTables } from '../../src/apps/xact/tables.ts';
import { field, struct } from '../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../src/sinks/delta/table.ts';
import { checkTableKeys } from './table-keys.ts';

describe('the check of a table', () => {
  let lake: string;
  beforeEach(async () => {
    lake = await mkdtemp(join(tmpdir(), 'table-keys-'));
  });
  afterEach(() => rm(lake, { recursive: true, force: true }));

  it('sees what is missing, what is there twice, and what should not be there', async () => {
    const schema = struct(field('project_id', 'string'), field('contact_id', 'string'), field('name', 'string'));
    const table = await DeltaTable.createOrOpen(join(lake, 'claimx_contacts'), { schema });
    await table.append([
      { project_id: 'p', contact_id: 'a' },
      { project_id: 'p', contact_id: 'b' },
      { project_id: 'q', contact_id: 'b' },
    ]);
    await table.append([{ project_id: 'p', contact_id: 'a' }]);
    const check = (keys: readonly string[]) => checkTableKeys(claimxTables, lake, 'claimx_contacts', new Set(keys));
    expect(await check(['a/p', 'b/p', 'c/p'])).toEqual({ rows: 4, expected: 3, twice: 1, missing: 1, unexpected: 1 });
    expect(await check(['a/p', 'b/p', 'b/q'])).toMatchObject({ twice: 1, missing: 0, unexpected: 0 });
  });

  it('reads keys from the folders of partitions', async () => {
    const schema = struct(field('event_date', 'date'), field('trace_id', 'string'));
    const partitionBy = ['event_date'];
    const table = await DeltaTable.createOrOpen(join(lake, 'xact_events'), { schema, partitionBy });
    await table.append([{ event_date: '2026-01-03', trace_id: 't' }]);
    const verdict = await checkTableKeys(xactTables, lake, 'xact_events', new Set(['2026-01-03/t']));
    expect(verdict).toEqual({ rows: 1, expected: 1, twice: 0, missing: 0, unexpected: 0 });
  });

  it('takes a table that was never made for an empty one', async () => {
    expect(await checkTableKeys(claimxTables, lake, 'claimx_tasks', new Set(['t']))).toMatchObject({ missing: 1 });
  });
});

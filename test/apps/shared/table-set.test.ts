import { describe, expect, it } from 'vitest';
import { tableSet } from '../../../src/apps/shared/table-set.ts';
import type { AvroSchema } from '../../../src/serdes/avro-schema.ts';

const schema: AvroSchema<object> = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'status', type: 'string' },
  ],
};

describe('the tables of an application', () => {
  const tables = tableSet({
    things: { schema, mergeKeys: ['day', 'id'], partitionBy: ['day'], filledLater: ['status'] },
    others: { schema, mergeKeys: ['id'] },
  });

  it('are each in a folder of its name', () => {
    expect(tables.names).toEqual(['things', 'others']);
    expect(tables.options('lake/', 'things').path).toBe('lake/things');
    expect(tables.options('abfss://c@a.dfs.core.windows.net/t', 'others').path).toBe(
      'abfss://c@a.dfs.core.windows.net/t/others',
    );
  });

  it('are merged by their keys, partitioned where that is said, and have columns that are filled later', () => {
    const { mode, mergeKeys, partitionBy, schema } = tables.options('lake', 'things');
    expect({ mode, mergeKeys, partitionBy }).toEqual({ mode: 'merge', mergeKeys: ['day', 'id'], partitionBy: ['day'] });
    expect(schema.fields.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['id', false],
      ['day', false],
      ['status', true],
    ]);
    expect(tables.options('lake', 'others')).not.toHaveProperty('partitionBy');
    expect(tables.mergeKeys('others')).toEqual(['id']);
  });
});

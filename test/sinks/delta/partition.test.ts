import { describe, expect, it } from 'vitest';
import {
  parsePartitionValue,
  partitionFolder,
  printPartitionValue,
  splitByPartition,
} from '../../../src/sinks/delta/partition.ts';
import { type DeltaType, field } from '../../../src/sinks/delta/schema.ts';
import type { Value } from '../../../src/sinks/delta/value.ts';

describe('partition values', () => {
  it.each<[DeltaType, Value, string | null]>([
    ['string', 'a b', 'a b'],
    ['string', null, null],
    ['long', 2n ** 60n, '1152921504606846976'],
    ['boolean', false, 'false'],
    ['date', 20454, '2026-01-01'],
    ['timestamp', 1_000_001n, '1970-01-01T00:00:01.000001Z'],
    ['timestamp_ntz', 1_000_001n, '1970-01-01 00:00:01.000001'],
    ['decimal(9,2)', -5n, '-0.05'],
    ['double', 1.5, '1.5'],
  ])('of %s: %s is written as %s and read back', (type, value, text) => {
    expect(printPartitionValue(type, value)).toBe(text);
    expect(parsePartitionValue(type, text)).toEqual(value);
  });

  it('have one null: the empty text is one too', () => {
    expect(printPartitionValue('string', '')).toBeNull();
    expect(parsePartitionValue('string', '')).toBeNull();
  });

  it('are read in the forms of other writers', () => {
    expect(parsePartitionValue('timestamp', '1970-01-01 00:00:01.000001')).toBe(1_000_001n);
    // Negative decimals of delta-rs 1.6.
    expect(parsePartitionValue('decimal(9,2)', '-2.-58')).toBe(-258n);
    expect(parsePartitionValue('decimal(9,2)', '0.-58')).toBe(-58n);
  });

  it('become folders whose names any file system takes', () => {
    expect(partitionFolder({ p: 'a b/c%' })).toBe('p=a%20b%2Fc%25');
    expect(partitionFolder({ p: null, q: "x'" })).toBe('p=__HIVE_DEFAULT_PARTITION__/q=x%27');
    expect(partitionFolder({ p: 'ü'.repeat(500) }).length).toBeLessThan(200);
    expect(decodeURIComponent(partitionFolder({ p: 'ü'.repeat(500) }))).toMatch(/^p=ü+$/);
  });
});

describe('splitting a batch', () => {
  const columns = {
    length: 4,
    values: new Map<string, Value[]>([
      ['p', ['x', null, 'x', 'null']],
      ['n', [1, 2, 3, 4]],
    ]),
  };

  it('keeps the order within each partition, and null apart from the text null', () => {
    const parts = splitByPartition(columns, [field('p', 'string')]);
    expect(parts.map(({ values, rows, columns: part }) => [values['p'], rows, part.values.get('n')])).toEqual([
      ['x', [0, 2], [1, 3]],
      [null, [1], [2]],
      ['null', [3], [4]],
    ]);
  });

  it('leaves a batch of a table without partitions as it is', () => {
    expect(splitByPartition(columns, [])).toEqual([{ values: {}, columns, rows: null }]);
    expect(splitByPartition({ length: 0, values: new Map() }, [])).toEqual([]);
  });
});

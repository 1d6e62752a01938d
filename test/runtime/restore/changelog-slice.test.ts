import { describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../../src/core/record.ts';
import { BatchBuilder } from '../../../src/kafka/wire/record-batch-writer.ts';
import { BatchCursor } from '../../../src/kafka/wire/record-batch-reader.ts';
import { ChangelogSlice } from '../../../src/runtime/restore/changelog-slice.ts';

/** Offsets 0 to 9; that of offset 4 has no key. */
function cursor(): BatchCursor {
  const builder = new BatchBuilder();
  for (let i = 0; i < 10; i++) {
    builder.append(i === 4 ? null : Buffer.from(`k${i}`), i === 5 ? null : Buffer.from(`v${i}`), 100 + i, NO_HEADERS);
  }
  return new BatchCursor(builder.build());
}

describe('a slice of a changelog', () => {
  it('brings the records of its offsets that have a key', () => {
    const slice = new ChangelogSlice({ records: cursor(), from: 2, to: 7, maxRecords: 100 });
    const seen: string[] = [];
    for (const { key, value, timestamp } of slice) seen.push([key, value, timestamp].join(' '));
    expect(seen).toEqual(['k2 v2 102', 'k3 v3 103', 'k5  105', 'k6 v6 106']);
    expect(slice).toMatchObject({ count: 4, full: false });
  });

  it('leaves what is beyond its size to the next one', () => {
    const records = cursor();
    const slices = [0, 1, 2].map(() => new ChangelogSlice({ records, from: 0, to: 10, maxRecords: 4 }));
    const keys = slices.map((slice) => Array.from(slice, ({ key }) => key.toString()));
    expect(keys).toEqual([['k0', 'k1', 'k2', 'k3'], ['k5', 'k6', 'k7', 'k8'], ['k9']]);
    expect(slices.map(({ full }) => full)).toEqual([true, true, false]);
  });
});

import { describe, expect, it } from 'vitest';
import { decodeOffsetMetadata, encodeOffsetMetadata } from '../../src/runtime/offset-metadata.ts';

describe('metadata of committed offsets', () => {
  it('are the bytes that Kafka Streams 4.3.1 commits', () => {
    const bytes = encodeOffsetMetadata({ partitionTime: 1_792_834_987_416, remembered: new Map() });
    expect(Buffer.from(bytes, 'base64')[0]).toBe(2);
    expect(decodeOffsetMetadata('AgAAAaH6GuWY').partitionTime).toBe(
      Number(Buffer.from('AgAAAaH6GuWY', 'base64').readBigInt64BE(1)),
    );
    const { partitionTime } = decodeOffsetMetadata('AgAAAaH6GuWY');
    expect(encodeOffsetMetadata({ partitionTime, remembered: new Map() })).toBe('AgAAAaH6GuWY');
  });

  it('come back with what was remembered', () => {
    const metadata = {
      partitionTime: -1,
      remembered: new Map([
        ['größe', 12],
        ['b', 2 ** 50],
      ]),
    };
    expect(decodeOffsetMetadata(encodeOffsetMetadata(metadata))).toEqual(metadata);
  });

  it.each(['', 'hello', 'Ag==', 'AgAAAaH6GuWYAAAAAQAAAP8='])('count as nothing when they are others: %j', (foreign) => {
    expect(decodeOffsetMetadata(foreign).remembered.size).toBe(0);
  });
});

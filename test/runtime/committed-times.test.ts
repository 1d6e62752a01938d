import { describe, expect, it } from 'vitest';
import { committedTimes, NO_TIMES } from '../../src/runtime/committed-times.ts';
import { encodeOffsetMetadata } from '../../src/runtime/offset-metadata.ts';

describe('committedTimes', () => {
  it('has the time of each partition, and the latest of what operators remember', () => {
    const said = (topic: string, partition: number, partitionTime: number, remembered: [string, number][]) => ({
      topic,
      partition,
      offset: 1,
      metadata: encodeOffsetMetadata({ partitionTime, remembered: new Map(remembered) }),
    });
    const one = said('t', 0, 5, [
      ['a', 1],
      ['b', 9],
    ]);
    const other = said('t', 1, 3, [['a', 4]]);
    expect(committedTimes([one, other])).toEqual({
      partitions: new Map([
        ['t-0', 5],
        ['t-1', 3],
      ]),
      remembered: new Map([
        ['a', 4],
        ['b', 9],
      ]),
    });
  });

  it('is nothing before the first commit, and where something else was committed', () => {
    expect(committedTimes([])).toEqual(NO_TIMES);
    const times = committedTimes([{ topic: 't', partition: 0, offset: 7, metadata: 'by hand' }]);
    expect(times).toEqual({ partitions: new Map([['t-0', -1]]), remembered: new Map() });
  });
});

import { describe, expect, it } from 'vitest';
import type { KafkaAdmin } from '../../src/kafka/client.ts';
import { startPositions, type StartPositionsOptions } from '../../src/runtime/start-positions.ts';
import type { SinkWriter } from '../../src/sinks/sink.ts';
import { source } from './plans.ts';

const [START, END] = [10, 50];

interface Case {
  readonly committed?: number;
  readonly inSink?: number;
  readonly internal?: boolean;
  readonly ofNode?: 'earliest' | 'latest';
  readonly offsetReset?: 'earliest' | 'latest';
  readonly lostOffset?: 'fail' | 'earliest' | 'latest';
}

async function startOf(given: Case): Promise<number | undefined> {
  const { internal = false, ofNode = null, offsetReset = 'earliest', lostOffset = 'fail' } = given;
  const at = { topic: 't', partition: 0 };
  const writer = { positions: async () => (given.inSink === undefined ? [] : [{ ...at, offset: given.inSink }]) };
  const options: StartPositionsOptions = {
    sources: [{ ...at, node: source('S', ['t'], [], { internal, offsetReset: ofNode }) }],
    committed: given.committed === undefined ? [] : [{ ...at, offset: given.committed }],
    writer: writer as unknown as SinkWriter,
    admin: {
      listOffsets: async (_: unknown, which: unknown) => [{ ...at, offset: which === 'earliest' ? START : END }],
    } as unknown as KafkaAdmin,
    config: { offsetReset, lostOffset },
  };
  const [start] = await startPositions(options);
  expect(start?.endOffset).toBe(END);
  return start?.offset;
}

describe('startPositions', () => {
  it.each<[string, Case, number]>([
    ['goes on where the group was', { committed: 20 }, 20],
    ['goes on at the very end', { committed: END }, END],
    ['believes an external sink more than the group', { committed: 30, inSink: 20 }, 20],
    ['begins at the start without a commit', {}, START],
    ['begins at the end where the application says so', { offsetReset: 'latest' }, END],
    ['begins as the source itself says', { offsetReset: 'latest', ofNode: 'earliest' }, START],
    ['goes to the start from what is gone', { committed: 5, lostOffset: 'earliest' }, START],
    ['goes to the end from what is gone', { committed: 5, lostOffset: 'latest' }, END],
    ['takes an offset past the end for a lost one', { committed: 60, lostOffset: 'earliest' }, START],
    [
      'goes to the start of a purged repartition topic, where nothing was lost',
      { committed: 5, internal: true },
      START,
    ],
  ])('%s', async (_, given, expected) => {
    expect(await startOf(given)).toBe(expected);
  });

  it.each([5, 60])(
    'fails at the offset %i, which the broker does not have, unless told otherwise',
    async (committed) => {
      await expect(startOf({ committed })).rejects.toMatchObject({
        code: 'OFFSET_OUT_OF_RANGE',
        message: expect.stringContaining(`${committed}`),
        coordinates: { topic: 't', partition: 0, offset: committed },
      });
    },
  );
});

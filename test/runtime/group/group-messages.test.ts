import { describe, expect, it } from 'vitest';
import { RUNNING } from '../../../src/runtime/group/assignor.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  refusal,
  USER_DATA_FORMAT,
} from '../../../src/runtime/group/group-messages.ts';

describe('group messages', () => {
  it('carry a subscription through bytes', () => {
    const message = {
      topics: ['orders', 'ürün'],
      offsets: new Map([
        ['0_1', RUNNING],
        ['1_0', 12_345_678_901],
      ]),
      processId: 'p-1',
      tags: { zone: 'a' },
      round: 3,
    };
    expect(decodeSubscription(encodeSubscription(message))).toEqual({ format: USER_DATA_FORMAT, ...message });
  });

  it('understand a member that speaks an older format as one without state', () => {
    const user = Buffer.from(JSON.stringify({ format: 1, tasks: ['0_0'], processId: 'old' }));
    const length = Buffer.alloc(4);
    length.writeInt32BE(user.length);
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0]), length, user]);
    expect(decodeSubscription(bytes)).toMatchObject({ format: 1, processId: 'old', offsets: new Map(), tags: {} });
  });

  it('carry an assignment through bytes, partitions by topic', () => {
    const message = {
      tasks: ['0_1'],
      standbys: ['0_2'],
      probe: true,
      partitions: { orders: 4 },
      owned: [
        { topic: 'orders', partition: 1 },
        { topic: 'orders', partition: 3 },
        { topic: 'users', partition: 1 },
      ],
      error: null,
    };
    expect(decodeAssignment(encodeAssignment(message))).toEqual(message);
  });

  it('carry where members answer queries, and who has what', () => {
    const bytes = encodeSubscription({
      topics: [],
      offsets: new Map(),
      processId: 'p-1',
      tags: {},
      round: 0,
      host: 'a:8080',
    });
    expect(decodeSubscription(bytes).host).toBe('a:8080');
    const hosts = [
      { host: 'a:8080', active: ['0_1', '0_12', '3_0'], standby: [] },
      { host: 'b:8080', active: [], standby: ['0_1'] },
    ];
    const assignment = { tasks: [], standbys: [], partitions: {}, owned: [], probe: false, error: null, hosts };
    expect(decodeAssignment(encodeAssignment(assignment))).toEqual(assignment);
  });

  it('carry the reason why nothing could be assigned', () => {
    const error = { code: 'TOPIC_MISSING', message: 'source topic orders does not exist' };
    expect(decodeAssignment(encodeAssignment(refusal(error.code, error.message))).error).toEqual(error);
  });

  it('read an empty assignment, as a member gets it from a leader of another kind', () => {
    expect(decodeAssignment(Buffer.alloc(0)).tasks).toEqual([]);
  });

  it('begin with the version and the topics as Kafka’s own tools read them', () => {
    const bytes = encodeSubscription({ topics: ['ab'], offsets: new Map(), processId: '', tags: {}, round: 0 });
    expect(bytes.subarray(0, 10).toString('hex')).toBe('00000000000100026162');
  });
});

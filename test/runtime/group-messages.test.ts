import { describe, expect, it } from 'vitest';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/runtime/group-messages.ts';

describe('group messages', () => {
  it('carry a subscription through bytes', () => {
    const message = { topics: ['orders', 'ürün'], tasks: ['0_1', '1_0'], processId: 'p-1' };
    expect(decodeSubscription(encodeSubscription(message))).toEqual(message);
  });

  it('carry an assignment through bytes, partitions by topic', () => {
    const message = {
      tasks: ['0_1'],
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
    const message = { topics: [], tasks: [], processId: 'p-1', host: 'a:8080' };
    expect(decodeSubscription(encodeSubscription(message))).toEqual(message);
    const hosts = [
      { host: 'a:8080', active: ['0_1', '0_12', '3_0'], standby: [] },
      { host: 'b:8080', active: [], standby: ['0_1'] },
    ];
    const assignment = { tasks: [], partitions: {}, owned: [], error: null, hosts };
    expect(decodeAssignment(encodeAssignment(assignment))).toEqual(assignment);
  });

  it('carry the reason why nothing could be assigned', () => {
    const error = { code: 'TOPIC_MISSING', message: 'source topic orders does not exist' };
    expect(decodeAssignment(encodeAssignment({ tasks: [], partitions: {}, owned: [], error })).error).toEqual(error);
  });

  it('read an empty assignment, as a member gets it from a leader of another kind', () => {
    expect(decodeAssignment(Buffer.alloc(0)).tasks).toEqual([]);
  });

  it('begin with the version and the topics as Kafka’s own tools read them', () => {
    const bytes = encodeSubscription({ topics: ['ab'], tasks: [], processId: '' });
    expect(bytes.subarray(0, 10).toString('hex')).toBe('00000000000100026162');
  });
});

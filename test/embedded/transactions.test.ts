import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import type { InitProducerIdResponse, TransactionIdentity } from '../../src/embedded/protocol/transactions.ts';
import { batchOf, textsOf } from './record-batches.ts';

let clock: ManualClock;
let broker: EmbeddedBroker;
const T0 = { topic: 't', partition: 0 };
const T1 = { topic: 't', partition: 1 };

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  broker = new EmbeddedBroker({ clock });
  broker.topics.create({ name: 't', partitions: 2, replicationFactor: -1 });
});

function init(over: Partial<Parameters<EmbeddedBroker['initProducerId']>[0]> = {}): InitProducerIdResponse {
  return broker.initProducerId({
    transactionalId: 'x',
    transactionTimeoutMs: 10_000,
    producerId: -1,
    producerEpoch: -1,
    ...over,
  });
}

function begin(partitions = [T0]): TransactionIdentity {
  const { producerId, producerEpoch } = init();
  const identity = { transactionalId: 'x', producerId, producerEpoch };
  expect(broker.transactions.addPartitions({ ...identity, partitions }).partitions[0]?.error).toBe('NONE');
  return identity;
}

function produce(identity: TransactionIdentity, value: string, baseSequence = 0, at = T0): string {
  const { producerId, producerEpoch, transactionalId } = identity;
  const records = batchOf([['k', value]], { producerId, producerEpoch, baseSequence, transactional: true });
  return broker.produce({ transactionalId, partitions: [{ ...at, records }] }).partitions[0]?.error ?? '';
}

function committedTexts(): string[] {
  const log = broker.topics.log('t', 0);
  const { records, abortedTransactions } = log?.read(0, 1 << 20, 'read_committed') ?? {};
  return records ? textsOf(records, abortedTransactions) : [];
}

const end = (identity: TransactionIdentity, committed: boolean): string =>
  broker.transactions.end({ ...identity, committed }).error;

describe('the transaction coordinator', () => {
  it('makes what was written visible by a commit, in every partition', () => {
    const identity = begin([T0, T1]);
    expect(produce(identity, 'a')).toBe('NONE');
    expect(produce(identity, 'b', 0, T1)).toBe('NONE');
    expect(committedTexts()).toEqual([]);
    expect(end(identity, true)).toBe('NONE');
    expect(committedTexts()).toEqual(['0:k=a']);
    expect(broker.topics.log('t', 1)?.lastStableOffset).toBe(2);
    expect(end(identity, true)).toBe('NONE');
    expect(end(identity, false)).toBe('INVALID_TXN_STATE');
  });

  it('hides what was aborted', () => {
    const identity = begin();
    produce(identity, 'a');
    expect(end(identity, false)).toBe('NONE');
    expect(committedTexts()).toEqual([]);
    expect(broker.topics.log('t', 0)?.lastStableOffset).toBe(2);
  });

  it('refuses a write to a partition that was not added', () => {
    const identity = begin();
    expect(produce(identity, 'a', 0, T1)).toBe('INVALID_TXN_STATE');
    end(identity, true);
    expect(produce(identity, 'a')).toBe('INVALID_TXN_STATE');
  });

  it('adds no partition when one is missing', () => {
    const { producerId, producerEpoch } = init();
    const partitions = [T0, { topic: 'none', partition: 0 }];
    const answer = broker.transactions.addPartitions({ transactionalId: 'x', producerId, producerEpoch, partitions });
    expect(answer.partitions.map(({ error }) => error)).toEqual([
      'OPERATION_NOT_ATTEMPTED',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
    expect(broker.transactions.state('x')).toBe('Empty');
  });

  it('aborts the open transaction of an older producer, and fences it', () => {
    const old = begin();
    produce(old, 'old');
    const next = init();
    expect(next.producerId).toBe(old.producerId);
    expect(next.producerEpoch).toBeGreaterThan(old.producerEpoch);
    expect(produce(old, 'zombie', 1)).toBe('INVALID_PRODUCER_EPOCH');
    expect(end(old, true)).toBe('PRODUCER_FENCED');
    expect(broker.transactions.addPartitions({ ...old, partitions: [T0] }).partitions[0]?.error).toBe(
      'PRODUCER_FENCED',
    );
    expect(committedTexts()).toEqual([]);
    expect(broker.topics.log('t', 0)?.lastStableOffset).toBe(2);
  });

  it('aborts a transaction that takes longer than its timeout', () => {
    const identity = begin();
    produce(identity, 'slow');
    clock.advance(10_001);
    broker.tick();
    expect(broker.transactions.state('x')).toBe('CompleteAbort');
    expect(end(identity, true)).toBe('PRODUCER_FENCED');
    expect(committedTexts()).toEqual([]);
  });

  it('gives the next epoch to a producer that names its own, the same again when the answer was lost, and none to a fenced one', () => {
    const first = init();
    const second = init({ producerId: first.producerId, producerEpoch: first.producerEpoch });
    expect(second).toEqual({ error: 'NONE', producerId: first.producerId, producerEpoch: first.producerEpoch + 1 });
    expect(init({ producerId: first.producerId, producerEpoch: first.producerEpoch })).toEqual(second);
    init();
    expect(init({ producerId: first.producerId, producerEpoch: first.producerEpoch }).error).toBe('PRODUCER_FENCED');
  });

  it('gives a new producer id when the epochs run out', () => {
    let last = init();
    for (let i = 0; i < 0x7ffe; i++) last = init();
    expect(last.producerEpoch).toBe(0x7ffe);
    const next = init();
    expect(next.producerId).not.toBe(last.producerId);
    expect(next.producerEpoch).toBe(0);
  });

  it('gives every idempotent producer an id of its own', () => {
    const first = init({ transactionalId: null });
    const second = init({ transactionalId: null });
    expect(first.producerId).not.toBe(second.producerId);
    expect(init({ transactionalId: '' }).error).toBe('INVALID_REQUEST');
    expect(init({ transactionTimeoutMs: 1e9 }).error).toBe('INVALID_TRANSACTION_TIMEOUT');
  });

  it('commits a group’s offsets with the transaction, and drops them with it', () => {
    const offsets = [{ ...T0, offset: 7, metadata: 'm' }];
    const outsider = { groupId: 'g', generationId: -1, memberId: '', groupInstanceId: null };
    const fetched = (requireStable = false) =>
      broker.groups.fetchOffsets({ groupId: 'g', partitions: [T0], requireStable }).partitions[0];
    for (const committed of [false, true]) {
      const identity = begin();
      expect(broker.txnOffsetCommit({ ...identity, ...outsider, offsets }).partitions[0]?.error).toBe(
        'INVALID_TXN_STATE',
      );
      expect(broker.transactions.addOffsets({ ...identity, groupId: 'g' }).error).toBe('NONE');
      expect(broker.txnOffsetCommit({ ...identity, ...outsider, offsets }).partitions[0]?.error).toBe('NONE');
      expect(fetched()?.offset).toBe(-1);
      expect(fetched(true)?.error).toBe('UNSTABLE_OFFSET_COMMIT');
      end(identity, committed);
      expect(fetched(true)).toMatchObject({ error: 'NONE', offset: committed ? 7 : -1 });
    }
  });

  it('refuses offsets of a member of an older generation (KIP-447)', () => {
    broker.groups.commit({ groupId: 'g', generationId: -1, memberId: '', groupInstanceId: null, offsets: [] });
    const identity = begin();
    broker.transactions.addOffsets({ ...identity, groupId: 'g' });
    const zombie = { groupId: 'g', generationId: 3, memberId: 'zombie', groupInstanceId: null };
    const answer = broker.txnOffsetCommit({ ...identity, ...zombie, offsets: [{ ...T0, offset: 1, metadata: '' }] });
    expect(answer.partitions[0]?.error).toBe('UNKNOWN_MEMBER_ID');
  });
});

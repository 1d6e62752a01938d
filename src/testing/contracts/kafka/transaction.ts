import { expect, it } from 'vitest';
import { nextChunks, recordsOf, send, valuesOf, type Scenario } from './scenario.ts';

export function transactionContract(scenario: Scenario): void {
  const transactional = (transactionalId = scenario.name('txn')) => scenario.producer({ transactionalId });
  const uncommitted = { isolation: 'read_uncommitted' } as const;

  it('shows records to readers of committed ones when the transaction commits, not before', async () => {
    const topic = await scenario.topic(2);
    const producer = await transactional();
    producer.beginTransaction();
    send(producer, topic, 'a', { partition: 0 });
    send(producer, topic, 'b', { partition: 1 });
    await producer.flush();
    expect(valuesOf(await scenario.read(topic, 1, uncommitted))).toEqual(['a']);
    const partitions = [{ topic, partition: 0 }];
    const { admin } = scenario.client;
    expect(await admin.listOffsets(partitions, 'latest', 'read_committed')).toMatchObject([{ offset: 0 }]);
    expect(await admin.listOffsets(partitions, 'latest', 'read_uncommitted')).toMatchObject([{ offset: 1 }]);
    await producer.commitTransaction();
    expect(valuesOf(await scenario.read(topic, 1))).toEqual(['a']);
    expect(valuesOf(await scenario.read(topic, 1, { partition: 1 }))).toEqual(['b']);
    await producer.close();
  });

  it('hides the records of an aborted transaction, and moves the position past them', async () => {
    const topic = await scenario.topic();
    const producer = await transactional();
    producer.beginTransaction();
    send(producer, topic, 'lost');
    await producer.flush();
    await producer.abortTransaction();
    producer.beginTransaction();
    send(producer, topic, 'kept');
    await producer.commitTransaction();
    const fetcher = scenario.client.fetcher();
    fetcher.add(topic, 0, 0);
    const seen: (string | null)[] = [];
    let position = 0;
    // Two records, and a marker after each.
    while (position < 4) {
      for (const chunk of await nextChunks(fetcher)) {
        seen.push(...valuesOf(recordsOf(chunk)));
        position = chunk.nextOffset;
      }
    }
    expect(seen).toEqual(['kept']);
    expect(valuesOf(await scenario.read(topic, 2, uncommitted))).toEqual(['lost', 'kept']);
    await fetcher.close();
    await producer.close();
  });

  it('aborts what was not flushed', async () => {
    const topic = await scenario.topic();
    const producer = await transactional();
    producer.beginTransaction();
    for (let i = 0; i < 1000; i++) send(producer, topic, 'lost');
    await producer.abortTransaction();
    producer.beginTransaction();
    send(producer, topic, 'kept');
    await producer.commitTransaction();
    expect(valuesOf(await scenario.read(topic, 1))).toEqual(['kept']);
    await producer.close();
  });

  it('commits many transactions in a row, empty ones too', async () => {
    const topic = await scenario.topic();
    const producer = await transactional();
    const values = Array.from({ length: 20 }, (_, i) => String(i));
    for (const value of values) {
      producer.beginTransaction();
      send(producer, topic, value);
      await producer.commitTransaction();
      producer.beginTransaction();
      await producer.commitTransaction();
    }
    expect(valuesOf(await scenario.read(topic, 20))).toEqual(values);
    await producer.close();
  });

  it('fences the older of two producers with one transactional id', async () => {
    const topic = await scenario.topic();
    const id = scenario.name('txn');
    const zombie = await transactional(id);
    zombie.beginTransaction();
    send(zombie, topic, 'from the dead');
    await zombie.flush();
    const heir = await transactional(id);
    await expect(zombie.commitTransaction()).rejects.toMatchObject({ code: 'FENCED' });
    expect(() => zombie.beginTransaction()).toThrow(expect.objectContaining({ code: 'FENCED' }));
    heir.beginTransaction();
    send(heir, topic, 'alive');
    await heir.commitTransaction();
    expect(valuesOf(await scenario.read(topic, 1))).toEqual(['alive']);
    await Promise.all([zombie.close(), heir.close()]);
  });

  it('fences a producer that was fenced between its transactions', async () => {
    const topic = await scenario.topic();
    const id = scenario.name('txn');
    const zombie = await transactional(id);
    const heir = await transactional(id);
    zombie.beginTransaction();
    send(zombie, topic, 'from the dead');
    await expect(zombie.flush()).rejects.toMatchObject({ code: 'FENCED' });
    await Promise.all([zombie.close(), heir.close()]);
  });

  it('commits a group’s offsets with the transaction, or not at all', async () => {
    const topic = await scenario.topic();
    const member = scenario.member(scenario.name('group'));
    const group = await member.join();
    const producer = await transactional();
    const at = (offset: number) => [{ topic, partition: 0, offset, metadata: `at ${offset}` }];
    producer.beginTransaction();
    send(producer, topic, 'a');
    await producer.sendOffsets(group, at(1));
    await producer.commitTransaction();
    expect(await member.committed([{ topic, partition: 0 }])).toEqual(at(1));
    producer.beginTransaction();
    await producer.sendOffsets(group, at(2));
    await producer.abortTransaction();
    expect(await member.committed([{ topic, partition: 0 }])).toEqual(at(1));
    await member.leave();
    await producer.close();
  });

  it('waits with a group’s offsets until the transaction that commits them is over', async () => {
    const topic = await scenario.topic();
    const member = scenario.member(scenario.name('group'));
    const group = await member.join();
    const producer = await transactional();
    producer.beginTransaction();
    await producer.sendOffsets(group, [{ topic, partition: 0, offset: 9, metadata: '' }]);
    const committed = member.committed([{ topic, partition: 0 }]);
    await producer.commitTransaction();
    expect(await committed).toMatchObject([{ offset: 9 }]);
    await member.leave();
    await producer.close();
  });

  it('fences offsets of a generation that is over; the transaction can be aborted and the producer used on', async () => {
    const topic = await scenario.topic();
    const member = scenario.member(scenario.name('group'));
    const group = await member.join();
    const producer = await transactional();
    producer.beginTransaction();
    send(producer, topic, 'lost');
    const stale = { ...group, generationId: group.generationId - 1 };
    const offsets = [{ topic, partition: 0, offset: 1, metadata: '' }];
    await expect(producer.sendOffsets(stale, offsets)).rejects.toMatchObject({
      code: 'FENCED',
      kafkaError: 'ILLEGAL_GENERATION',
    });
    await producer.abortTransaction();
    producer.beginTransaction();
    send(producer, topic, 'kept');
    await producer.sendOffsets(group, offsets);
    await producer.commitTransaction();
    expect(valuesOf(await scenario.read(topic, 1))).toEqual(['kept']);
    await member.leave();
    await producer.close();
  });

  it('does not commit a transaction that lost a record, and goes on after the abort', async () => {
    const topic = await scenario.topic(1, { 'max.message.bytes': '5000' });
    const producer = await transactional();
    producer.beginTransaction();
    send(producer, topic, 'first');
    await producer.flush();
    send(producer, topic, 'x'.repeat(6000));
    await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
    await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
    await producer.abortTransaction();
    producer.beginTransaction();
    send(producer, topic, 'kept');
    await producer.commitTransaction();
    expect(valuesOf(await scenario.read(topic, 1))).toEqual(['kept']);
    await producer.close();
  });

  it('refuses the steps of a transaction outside of one', async () => {
    const topic = await scenario.topic();
    const producer = await transactional();
    const illegal = expect.objectContaining({ code: 'ILLEGAL_STATE' });
    expect(() => send(producer, topic, 'v')).toThrow(illegal);
    await expect(producer.commitTransaction()).rejects.toEqual(illegal);
    await expect(producer.abortTransaction()).rejects.toEqual(illegal);
    producer.beginTransaction();
    expect(() => producer.beginTransaction()).toThrow(illegal);
    await producer.close();
  });
}

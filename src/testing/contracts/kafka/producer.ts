import { describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../../core/record.ts';
import type { Compression } from '../../../kafka/client.ts';
import { send, valuesOf, type Scenario } from './scenario.ts';

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

export function producerContract(scenario: Scenario): void {
  it.each(COMPRESSIONS)('brings keys, values, times and headers through unchanged: %s', async (compression) => {
    const topic = await scenario.topic();
    const producer = await scenario.producer({ compression });
    const headers = [
      { key: 'trace', value: Buffer.from('1') },
      { key: 'trace', value: null },
    ];
    producer.send(topic, 0, Buffer.from('key'), Buffer.from('value'), 1_700_000_000_000, headers);
    producer.send(topic, 0, null, null, 1_600_000_000_000, NO_HEADERS);
    producer.send(topic, 0, Buffer.alloc(0), Buffer.alloc(0), 0, NO_HEADERS);
    producer.send(topic, 0, Buffer.from('long'), Buffer.from('x'.repeat(50_000)), 5, NO_HEADERS);
    await producer.flush();
    await producer.close();
    expect(await scenario.read(topic, 4)).toEqual([
      { offset: 0, timestamp: 1_700_000_000_000, key: 'key', value: 'value', headers },
      { offset: 1, timestamp: 1_600_000_000_000, key: null, value: null, headers: [] },
      { offset: 2, timestamp: 0, key: '', value: '', headers: [] },
      { offset: 3, timestamp: 5, key: 'long', value: 'x'.repeat(50_000), headers: [] },
    ]);
  });

  it.each(COMPRESSIONS.slice(1))('reads what the broker itself compressed: %s', async (compression) => {
    const topic = await scenario.topic(1, { 'compression.type': compression });
    const values = Array.from({ length: 3000 }, (_, i) => `the same text again, nearly: ${i}`);
    await scenario.write(topic, values);
    expect(valuesOf(await scenario.read(topic, values.length))).toEqual(values);
  });

  it('keeps the order within each partition, and says what was acknowledged', async () => {
    const topic = await scenario.topic(3);
    const producer = await scenario.producer({ batchBytes: 2000, lingerMs: 1 });
    expect(producer.acknowledged(topic, 0)).toBeUndefined();
    const perPartition = 3000;
    for (let i = 0; i < perPartition; i++) {
      for (let partition = 0; partition < 3; partition++) send(producer, topic, String(i), { partition });
      if (!producer.ready) await producer.drained();
    }
    await producer.flush();
    const expected = Array.from({ length: perPartition }, (_, i) => String(i));
    for (let partition = 0; partition < 3; partition++) {
      expect(producer.acknowledged(topic, partition)).toBe(perPartition);
      expect(valuesOf(await scenario.read(topic, perPartition, { partition }))).toEqual(expected);
    }
    await producer.close();
  });

  it('sends a batch that is not full when its time is up, without a flush', async () => {
    const topic = await scenario.topic();
    const producer = await scenario.producer({ lingerMs: 5 });
    send(producer, topic, 'alone');
    expect(valuesOf(await scenario.read(topic, 1))).toEqual(['alone']);
    await producer.close();
  });

  it('is not ready while its buffer is full, and ready again when it has drained', async () => {
    const topic = await scenario.topic();
    const producer = await scenario.producer({ maxBufferedBytes: 20_000, batchBytes: 4000 });
    let waits = 0;
    for (let i = 0; i < 300; i++) {
      send(producer, topic, `${i} ${'x'.repeat(500)}`);
      if (producer.ready) continue;
      waits++;
      await producer.drained();
      expect(producer.ready).toBe(true);
    }
    await producer.flush();
    expect(waits).toBeGreaterThan(3);
    expect(producer.acknowledged(topic, 0)).toBe(300);
    await producer.close();
  });

  it('copies the bytes it is given', async () => {
    const topic = await scenario.topic();
    const producer = await scenario.producer();
    const value = Buffer.from('before');
    producer.send(topic, 0, null, value, 0, NO_HEADERS);
    value.write('after!');
    await producer.flush();
    expect(valuesOf(await scenario.read(topic, 1))).toEqual(['before']);
    await producer.close();
  });

  it('takes timestamps far apart in one batch', async () => {
    const topic = await scenario.topic();
    const producer = await scenario.producer();
    const times = [1_700_000_000_000, 0, 1_700_000_000_001, 86_400_000];
    for (const timestamp of times) send(producer, topic, 'v', { timestamp });
    await producer.flush();
    expect((await scenario.read(topic, 4)).map(({ timestamp }) => timestamp)).toEqual(times);
    await producer.close();
  });

  it('flushes nothing at once', async () => {
    const producer = await scenario.producer();
    await expect(producer.flush()).resolves.toBeUndefined();
    await producer.close();
  });

  describe('when records are too large', () => {
    it('refuses one above its own limit in send', async () => {
      const topic = await scenario.topic();
      const producer = await scenario.producer({ maxRecordBytes: 1000 });
      expect(() => send(producer, topic, 'x'.repeat(1001))).toThrow(
        expect.objectContaining({ code: 'RECORD_TOO_LARGE' }),
      );
      send(producer, topic, 'small');
      await producer.flush();
      expect(producer.acknowledged(topic, 0)).toBe(1);
      await producer.close();
    });

    it('splits a batch that the topic refuses as too large, in order', async () => {
      const topic = await scenario.topic(1, { 'max.message.bytes': '5000' });
      const producer = await scenario.producer({ batchBytes: 100_000 });
      const values = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat(1000)}`);
      for (const value of values) send(producer, topic, value);
      await producer.flush();
      expect(valuesOf(await scenario.read(topic, 60))).toEqual(values);
      await producer.close();
    });

    it('fails the flush for one record above the topic’s limit, and goes on after it', async () => {
      const topic = await scenario.topic(1, { 'max.message.bytes': '5000' });
      const producer = await scenario.producer();
      send(producer, topic, 'x'.repeat(6000));
      await expect(producer.flush()).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
      send(producer, topic, 'small');
      await producer.flush();
      expect(valuesOf(await scenario.read(topic, 1))).toEqual(['small']);
      await producer.close();
    });
  });

  it('fails the flush for a topic that does not exist', async () => {
    const producer = await scenario.producer();
    send(producer, scenario.name('missing'), 'v');
    await expect(producer.flush()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    await expect(producer.flush()).resolves.toBeUndefined();
    await producer.close();
  });
}

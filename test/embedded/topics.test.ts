import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { parseTopicConfig } from '../../src/embedded/topic-config.ts';
import { batchOf } from './record-batches.ts';

describe('the topics of the embedded broker', () => {
  it('tell their end offsets and sizes', () => {
    const broker = new EmbeddedBroker();
    broker.topics.create({ name: 't', partitions: 2, replicationFactor: -1 });
    const records = batchOf([
      ['a', '1'],
      ['b', '2'],
    ]);
    broker.produce({ transactionalId: null, partitions: [{ topic: 't', partition: 1, records }] });
    expect(broker.topics.summary()).toEqual([
      {
        name: 't',
        sizeBytes: records.length,
        partitions: [
          { logStartOffset: 0, endOffset: 0, sizeBytes: 0 },
          { logStartOffset: 0, endOffset: 2, sizeBytes: records.length },
        ],
      },
    ]);
  });

  it('have names, partitions and settings that Kafka would accept', () => {
    const broker = new EmbeddedBroker({ defaultPartitions: 3 });
    const create = (name: string, partitions = 1, config: Record<string, string> = {}) =>
      broker.topics.create({ name, partitions, replicationFactor: -1, config })?.error ?? 'NONE';
    expect(create('ok')).toBe('NONE');
    expect(create('ok')).toBe('TOPIC_ALREADY_EXISTS');
    for (const name of ['', '.', '..', 'a b', 'x'.repeat(250)]) expect(create(name)).toBe('INVALID_TOPIC_EXCEPTION');
    expect(create('none', 0)).toBe('INVALID_PARTITIONS');
    expect(create('bad', 1, { 'retention.bytes': 'much' })).toBe('INVALID_CONFIG');
    expect(create('bad', 1, { 'cleanup.policy': 'shred' })).toBe('INVALID_CONFIG');
    expect(create('bad', 1, { 'no.such': '1' })).toBe('INVALID_CONFIG');
    expect(create('default', -1)).toBe('NONE');
    expect(broker.topics.get('default')?.partitions).toHaveLength(3);
    expect(broker.topics.names()).toEqual(['ok', 'default']);
  });

  it('take the broker’s settings where they have none of their own', () => {
    const broker = new EmbeddedBroker({ defaultSettings: { 'retention.bytes': '100' } });
    broker.topics.create({ name: 'a', partitions: 1, replicationFactor: -1 });
    broker.topics.create({ name: 'b', partitions: 1, replicationFactor: -1, config: { 'retention.bytes': '-1' } });
    expect(broker.topics.get('a')?.config.retentionBytes).toBe(100);
    expect(broker.topics.get('b')?.config.retentionBytes).toBe(-1);
  });

  it('delete and compact both under the policy compact,delete', () => {
    expect(parseTopicConfig({ 'cleanup.policy': 'compact, delete' })).toMatchObject({ compact: true, delete: true });
    expect(parseTopicConfig({ 'cleanup.policy': 'compact' })).toMatchObject({ compact: true, delete: false });
    expect(parseTopicConfig({})).toMatchObject({ compact: false, delete: true, retentionMs: -1 });
  });

  it('lose what is older than retention.ms at the broker’s next check', () => {
    const clock = new ManualClock(0);
    const broker = new EmbeddedBroker({ clock });
    broker.topics.create({ name: 't', partitions: 1, replicationFactor: -1, config: { 'retention.ms': '1000' } });
    for (let i = 0; i < 20; i++) {
      const records = batchOf([['k', 'v'.repeat(1_000)]], { timestamp: i });
      broker.produce({ transactionalId: null, partitions: [{ topic: 't', partition: 0, records }] });
    }
    const log = broker.topics.log('t', 0);
    expect(log?.logStartOffset).toBe(0);
    clock.advance(broker.nextDeadline() ?? 0);
    broker.tick();
    expect(log?.logStartOffset).toBeGreaterThan(0);
    expect(log?.highWatermark).toBe(20);
  });

  it('and members get the same ids again from the same source of ids', () => {
    const run = (): unknown => {
      let count = 0;
      const broker = new EmbeddedBroker({ uuid: () => `00000000-0000-0000-0000-${String(count++).padStart(12, '0')}` });
      broker.topics.create({ name: 't', partitions: 1, replicationFactor: -1 });
      return [broker.clusterId, broker.topics.get('t')?.id];
    };
    expect(run()).toEqual(run());
  });
});

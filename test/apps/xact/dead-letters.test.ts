import { describe, expect, it } from 'vitest';
import { parseXactConfig } from '../../../src/apps/xact/config.ts';
import { xactDeadLetters } from '../../../src/apps/xact/dead-letters.ts';
import { newFailedEvent, type DownloadTask } from '../../../src/apps/xact/schemas.generated.ts';
import { downloadTaskSerde, failedDownloadSerde, failedEventSerde } from '../../../src/apps/xact/serdes.ts';
import type { Serde } from '../../../src/core/serde.ts';
import { EmbeddedRegistry } from '../../../src/embedded/registry.ts';
import type { DeadLetterSource } from '../../../src/runtime/dead-letters/dead-letter-source.ts';
import { failureOf, NOW, taskOf } from './fakes.ts';

const registry = new EmbeddedRegistry();

function sourceOf(topic: string): DeadLetterSource {
  const source = xactDeadLetters(parseXactConfig({})).find((each) => each.topic === topic);
  if (source === undefined) throw new Error(`no source of ${topic}`);
  return source;
}

async function prepared<T>(topic: string, serde: Serde<T>): Promise<Serde<T>> {
  return (await serde.prepare?.({ topic, role: 'value', direction: 'both', registry })) ?? serde;
}

describe('the dead letters of xact', () => {
  it('tell the event and the attachment of a download, and are replayed as its task from the beginning', async () => {
    const source = sourceOf('xact.downloads.dlq');
    const metadata = { source: 'batch 7', error: 'down', error_category: 'transient' };
    const letter = failureOf({ task: taskOf({ retry_count: 4, metadata }) });
    const bytes = (await prepared(source.topic, failedDownloadSerde)).serialize(source.topic, letter);
    const reader = await source.openReader(registry);
    const value = await reader.decode(bytes);
    expect(reader.facts(value)).toEqual({
      ids: { event: 't-1', media: letter.attachment_id },
      reason: 'permanent',
      error: 'gone',
      attempts: 1,
      failedAtMs: NOW,
    });
    const replayed = (await source.openReplay(registry))(value);
    expect(source.replayTopic).toBe('xact.downloads.pending');
    const tasks = await prepared(source.replayTopic, downloadTaskSerde);
    const task: DownloadTask | null = replayed.value && tasks.deserialize(source.replayTopic, replayed.value);
    expect(task).toEqual(taskOf({ retry_count: 0, metadata: { source: 'batch 7' } }));
  });

  it('tell the event of a record that is none where it has an id, and are replayed byte for byte', async () => {
    const source = sourceOf('xact.events.dlq');
    const payload = Buffer.from('{"trace_id":"t-9"}');
    const letter = newFailedEvent({
      reason: 'no event_type',
      error_code: 'DESERIALIZATION',
      payload,
      key: Buffer.from('k'),
      source_topic: 'xact.events.raw',
      source_partition: 1,
      source_offset: 7,
      source_timestamp: NOW,
      failed_at: NOW,
    });
    const reader = await source.openReader(registry);
    const bytes = (await prepared(source.topic, failedEventSerde)).serialize(source.topic, letter);
    const value = await reader.decode(bytes);
    expect(reader.facts(value)).toMatchObject({ ids: { event: 't-9' }, reason: 'DESERIALIZATION' });
    expect(reader.facts({ ...letter, payload: Buffer.from('<html>') })).toMatchObject({ ids: {} });
    expect((await source.openReplay(registry))(value)).toEqual({ key: Buffer.from('k'), value: payload });
  });
});

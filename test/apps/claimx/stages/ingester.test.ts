import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newEvent } from '../../../../src/apps/claimx/schemas.generated.ts';
import { enrichmentTaskSerde, eventSerde, failedEventSerde } from '../../../../src/apps/claimx/serdes.ts';
import { claimx } from '../../../../src/apps/claimx/topology.ts';
import { driveStage } from '../../stage-driver.ts';

const RAW = 'claimx.events.raw';
const event = { event_id: 'e-1', event_type: 'PROJECT_CREATED', project_id: 'p-1', ingested_at: 5 };
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('the ingester', () => {
  let stage: Awaited<ReturnType<typeof driveStage>>;
  beforeEach(async () => {
    stage = await driveStage(claimx, 'ingester');
  });
  afterEach(() => stage.close());

  it('makes one row and one task, by project, of each event', async () => {
    const raw = await stage.input(RAW, eventSerde);
    raw.pipe('any', newEvent(event));
    await stage.driver.settle();
    const tasks = (await stage.output('claimx.enrichment.pending', enrichmentTaskSerde)).readAll();
    expect(tasks).toMatchObject([{ key: 'p-1', value: { event_id: 'e-1', project_id: 'p-1', retry_count: 0 } }]);
    expect(stage.driver.readSink('claimx-events')).toMatchObject([{ key: 'e-1', value: { event_id: 'e-1' } }]);
  });

  it('takes an event once, whichever partitions it comes by and in whichever form', async () => {
    const raw = await stage.input(RAW, eventSerde);
    raw.pipe('a', newEvent(event), { partition: 0 });
    raw.pipe('b', newEvent(event), { partition: 1 });
    raw.pipeRaw(null, json({ ...event, ingested_at: '2026-01-03T08:00:00Z' }), { partition: 1 });
    await stage.driver.settle();
    expect((await stage.output('claimx.enrichment.pending', enrichmentTaskSerde)).readAll()).toHaveLength(1);
    expect(stage.driver.readSink('claimx-events')).toHaveLength(1);
  });

  it('sends what is no event to the dead letter, with its bytes, its place and the reason', async () => {
    const raw = await stage.input(RAW, eventSerde);
    raw.pipeRaw(Buffer.from('k'), Buffer.from('{broken'), { partition: 1, timestamp: 77 });
    raw.pipeRaw(null, null, { partition: 0 });
    raw.pipeRaw(null, json({ ...event, event_id: 7 }), { partition: 0 });
    raw.pipe('any', newEvent(event));
    await stage.driver.settle();
    const letters = (await stage.output('claimx.events.dlq', failedEventSerde)).readAll().map((record) => record.value);
    expect(letters).toMatchObject([
      {
        reason: 'the value is neither Avro nor JSON',
        payload: Buffer.from('{broken'),
        key: Buffer.from('k'),
        source_topic: RAW,
        source_partition: 1,
        source_offset: 0,
        source_timestamp: 77,
      },
      { reason: 'the record has no value', payload: null, key: null },
      { reason: expect.stringContaining('event_id') },
    ]);
    expect(stage.driver.readSink('claimx-events')).toHaveLength(1);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadTaskSerde, eventSerde, failedEventSerde } from '../../../../src/apps/xact/serdes.ts';
import { xact } from '../../../../src/apps/xact/topology.ts';
import { driveStage } from '../../stage-driver.ts';
import { eventOf, LINK } from '../fakes.ts';

const RAW = 'xact.events.raw';

describe('the event ingester', () => {
  let stage: Awaited<ReturnType<typeof driveStage>>;
  beforeEach(async () => {
    stage = await driveStage(xact, 'event-ingester');
  });
  afterEach(() => stage.close());
  const tasks = async () => (await stage.output('xact.downloads.pending', downloadTaskSerde)).readAll();

  it('makes one flat row of each event and one task of each attachment', async () => {
    const raw = await stage.input(RAW, eventSerde);
    raw.pipe('any', eventOf({ attachments: [LINK, 'https://x/b.pdf'] }));
    raw.pipe('any', eventOf({ trace_id: 't-2', attachments: [] }));
    await stage.driver.settle();
    const rows = stage.driver.readSink('xact-events');
    expect(new Set(rows.map(({ key }) => key))).toEqual(new Set(['t-1', 't-2']));
    expect(rows).toContainEqual(expect.objectContaining({ value: expect.objectContaining({ assignment_id: 'A1' }) }));
    const made = await tasks();
    expect(made).toHaveLength(2);
    expect(new Set(made.map(({ value }) => value?.attachment_url))).toEqual(new Set([LINK, 'https://x/b.pdf']));
    expect(made.every(({ key, value }) => key === `t-1/${value?.attachment_id}`)).toBe(true);
  });

  it('takes an event once, whichever partitions it comes by', async () => {
    const raw = await stage.input(RAW, eventSerde);
    raw.pipe('a', eventOf(), { partition: 0 });
    raw.pipe('b', eventOf(), { partition: 1 });
    await stage.driver.settle();
    expect(await tasks()).toHaveLength(1);
    expect(stage.driver.readSink('xact-events')).toHaveLength(1);
  });

  it('sends what is no event to the dead letter, with its bytes and the reason', async () => {
    const raw = await stage.input(RAW, eventSerde);
    raw.pipeRaw(Buffer.from('k'), Buffer.from('{broken'), { partition: 1, timestamp: 77 });
    await stage.driver.settle();
    const [letter] = (await stage.output('xact.events.dlq', failedEventSerde)).readAll();
    expect(letter?.value).toMatchObject({
      reason: 'the value is neither Avro nor JSON',
      payload: Buffer.from('{broken'),
      source_topic: RAW,
      source_partition: 1,
      source_timestamp: 77,
    });
  });
});

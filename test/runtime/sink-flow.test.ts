import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { StreamsError } from '../../src/core/errors.ts';
import { NO_HEADERS, type PartitionOffset, type RecordContext } from '../../src/core/record.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { SinkFlow } from '../../src/runtime/sink-flow.ts';
import type { SinkWriter } from '../../src/sinks/sink.ts';

const record: RecordContext = { timestamp: 1, headers: NO_HEADERS, topic: 't', partition: 0, offset: 4 };
const at = (offset: number): PartitionOffset[] => [{ topic: 't', partition: 0, offset }];

class FakeWriter implements SinkWriter {
  readonly flushes: (readonly PartitionOffset[])[] = [];
  readonly failures: Error[] = [];
  bufferedBytes = 0;
  isDue = false;
  release: (() => void) | null = null;
  wait: Promise<void> = Promise.resolve();
  async positions(): Promise<PartitionOffset[]> {
    return [];
  }
  write(): void {
    this.bufferedBytes += 100;
  }
  due(): boolean {
    return this.isDue;
  }
  async flush(consumed: readonly PartitionOffset[]): Promise<void> {
    await this.wait;
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.flushes.push(consumed);
    this.bufferedBytes = 0;
  }
  async close(): Promise<void> {
    this.bufferedBytes = 0;
  }
}

function flowOf(writer: FakeWriter, maxBufferedBytes = 1_000, clock = new ManualClock()): SinkFlow {
  const wake = (): void => undefined;
  const task = { taskId: '1_0', taskTimeoutMs: 300_000 };
  return new SinkFlow({ writer, maxBufferedBytes, start: at(0), clock, logger: silentLogger, wake, ...task });
}

describe('SinkFlow', () => {
  it('says the position of the last flush, not of what is in the buffer', async () => {
    const writer = new FakeWriter();
    const flow = flowOf(writer);
    flow.write('k', 'v', record);
    flow.tick(() => at(5));
    expect(flow.flushed()).toEqual(at(0));
    writer.isDue = true;
    flow.tick(() => at(5));
    await flow.drain(() => at(5));
    expect(flow.flushed()).toEqual(at(5));
    expect(writer.flushes).toEqual([at(5)]);
  });

  it('gives up with TASK_TIMEOUT and its cause when the sink refuses for too long', async () => {
    const [writer, clock] = [new FakeWriter(), new ManualClock()];
    const flow = flowOf(writer, 1_000, clock);
    const refusal = new StreamsError('LAKE_UNAVAILABLE', 'no lake');
    writer.failures.push(refusal, refusal);
    flow.write('k', 'v', record);
    writer.isDue = true;
    flow.tick(() => at(5));
    await expect.poll(() => writer.failures.length).toBe(1);
    clock.advance(300_000);
    await expect.poll(() => writer.failures.length).toBe(0);
    await Promise.resolve();
    expect(() => flow.tick(() => at(5))).toThrow(
      expect.objectContaining({ code: 'TASK_TIMEOUT', retriable: false, cause: refusal }),
    );
    expect(flow.flushed()).toEqual(at(0));
  });

  it('takes no input while a flush runs, nor above its limit', async () => {
    const writer = new FakeWriter();
    let finish: () => void = () => undefined;
    writer.wait = new Promise((resolve) => {
      finish = resolve;
    });
    const flow = flowOf(writer, 150);
    flow.write('k', 'v', record);
    expect(flow.held).toBe(false);
    flow.write('k', 'v', record);
    expect(flow.held).toBe(true);
    flow.tick(() => at(6));
    finish();
    await flow.drain(() => at(6));
    expect(flow.held).toBe(false);
  });

  it('moves on over records that made no row', () => {
    const flow = flowOf(new FakeWriter());
    flow.tick(() => at(9));
    expect(flow.flushed()).toEqual(at(9));
    expect(flow.unfinished).toBe(0);
  });

  it('tries again after an error that may pass, with the same rows', async () => {
    const writer = new FakeWriter();
    writer.failures.push(new StreamsError('LAKE_UNAVAILABLE', 'not now'));
    const flow = flowOf(writer);
    flow.write('k', 'v', record);
    await flow.drain(() => at(5));
    expect(writer.flushes).toEqual([at(5)]);
  });

  it('fails with an error that will not pass', async () => {
    const writer = new FakeWriter();
    writer.failures.push(new StreamsError('FENCED', 'another writer went on'));
    const flow = flowOf(writer);
    flow.write('k', 'v', record);
    await expect(flow.drain(() => at(5))).rejects.toMatchObject({ code: 'FENCED' });
    expect(() => flow.tick(() => at(5))).toThrow('another writer');
    expect(flow.flushed()).toEqual(at(0));
  });

  it('does not wait to be closed for a sink that cannot be written', async () => {
    const writer = new FakeWriter();
    for (let i = 0; i < 100; i++) writer.failures.push(new StreamsError('LAKE_UNAVAILABLE', 'not now'));
    const flow = flowOf(writer);
    flow.write('k', 'v', record);
    writer.isDue = true;
    flow.tick(() => at(5));
    await flow.close();
    // One attempt, and none after it.
    expect([writer.failures.length, flow.flushed()]).toEqual([99, at(0)]);
  });

  it('keeps its position when a flush failed for good, though nothing is left in the buffer', async () => {
    const writer = new FakeWriter();
    writer.failures.push(new StreamsError('FENCED', 'another writer'));
    const flow = flowOf(writer);
    flow.write('k', 'v', record);
    writer.isDue = true;
    flow.tick(() => at(5));
    writer.bufferedBytes = 0;
    await expect(flow.drain(() => at(5))).rejects.toMatchObject({ code: 'FENCED', retriable: true });
    expect(flow.flushed()).toEqual(at(0));
  });

  it('says whether the position has moved since a commit asked for it', async () => {
    const writer = new FakeWriter();
    const flow = flowOf(writer);
    flow.write('k', 'v', record);
    writer.isDue = true;
    expect(flow.moved).toBe(false);
    flow.tick(() => at(5));
    await flow.drain(() => at(5));
    expect(flow.moved).toBe(true);
    flow.flushed();
    expect(flow.moved).toBe(false);
  });
});

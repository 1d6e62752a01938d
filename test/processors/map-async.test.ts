import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StreamsError } from '../../src/core/errors.ts';
import type { InFlight } from '../../src/processors/in-flight-serde.ts';
import { inFlightStore } from '../../src/processors/in-flight-store.ts';
import { mapAsyncProcessor } from '../../src/processors/map-async.ts';
import { failed, Failure, type MapAsyncOptions } from '../../src/processors/options.ts';
import type { Processor } from '../../src/processors/processor.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import type { KeyValueStore } from '../../src/state/store.ts';
import { openStateHarness, recordAt, type StateHarness } from '../../src/testing/contracts/stores.ts';
import { FakeTask } from './fake-context.ts';
import { ManualTimers } from './manual-timers.ts';

/** Calls that the test ends. */
class Service {
  readonly calls: { readonly value: string; readonly signal: AbortSignal; readonly end: (error?: unknown) => void }[] =
    [];
  readonly call = (value: string, _key: string, record: { signal: AbortSignal }): Promise<string> =>
    new Promise((resolve, reject) => {
      const end = (error?: unknown): void => (error === undefined ? resolve(`${value}!`) : reject(error));
      this.calls.push({ value, signal: record.signal, end });
    });
  get values(): string[] {
    return this.calls.map(({ value }) => value);
  }
  end(value: string, error?: unknown): void {
    this.calls.findLast((call) => call.value === value)?.end(error);
  }
}

let harness: StateHarness;
let service: Service;
let task: FakeTask;
let timers: ManualTimers;
let processor: Processor<string, string>;
beforeEach(async () => {
  const specs = [inFlightStore('calls', serdes.string, serdes.string)];
  harness = await openStateHarness({ specs, onDisk: true, cacheMaxBytes: 10_000 });
});
afterEach(() => harness.close());

function start(options: MapAsyncOptions<string, string, unknown> = {}): void {
  service = new Service();
  task = new FakeTask(harness.state);
  timers = new ManualTimers();
  processor = mapAsyncProcessor<string, string, unknown>(service.call, options, 'calls', timers)();
  processor.init?.(task.context);
}

const send = (...values: string[]): void => {
  values.forEach((value, i) => processor.process(value.charAt(0), value, recordAt(10 + i, 100 + i)));
};
const storedValues = (): unknown[] =>
  [...harness.state.store<KeyValueStore<number, InFlight<string, string>>>('calls').all()].map(
    ([, { value }]) => value,
  );

describe('order', () => {
  it('input: results leave in the order of the inputs, with their records', async () => {
    start();
    send('a1', 'b1', 'c1');
    service.end('c1');
    service.end('b1');
    await task.turn();
    expect(task.values).toEqual([]);
    service.end('a1');
    await task.turn();
    expect(task.values).toEqual(['a1!', 'b1!', 'c1!']);
    expect(task.forwarded.map(({ key, record }) => [key, record.offset])).toEqual([
      ['a', 100],
      ['b', 101],
      ['c', 102],
    ]);
    expect(task.unfinished).toBe(0);
  });

  it('key: in order for each key only', async () => {
    start({ order: 'key' });
    send('a1', 'a2', 'b1');
    service.end('b1');
    service.end('a2');
    await task.turn();
    expect(task.values).toEqual(['b1!']);
    service.end('a1');
    await task.turn();
    expect(task.values).toEqual(['b1!', 'a1!', 'a2!']);
  });

  it('none: as they come', async () => {
    start({ order: 'none' });
    send('a1', 'a2');
    service.end('a2');
    await task.turn();
    service.end('a1');
    await task.turn();
    expect(task.values).toEqual(['a2!', 'a1!']);
  });
});

describe('concurrency', () => {
  it('makes so many calls at once, keeps the rest, and holds the input until there is room', async () => {
    start({ concurrency: 2, order: 'none' });
    send('a1');
    expect(task.held).toBe(false);
    send('b1', 'c1');
    expect(service.values).toEqual(['a1', 'b1']);
    expect(task.held).toBe(true);
    service.end('a1');
    await task.turn();
    expect(service.values).toEqual(['a1', 'b1', 'c1']);
    expect(task.held).toBe(true);
    service.end('b1');
    await task.turn();
    expect(task.held).toBe(false);
  });

  it('holds the input when one slow call keeps many results waiting', async () => {
    start({ concurrency: 1 + 1 });
    send('slow');
    for (let i = 0; i < 7; i++) {
      send(`x${i}`);
      service.end(`x${i}`);
      await task.turn();
    }
    expect(task.held).toBe(true);
    service.end('slow');
    await task.turn();
    expect(task.held).toBe(false);
    expect(task.values).toHaveLength(8);
  });
});

describe('failures', () => {
  it('without onError the error is thrown on the task’s loop, with the record’s place; those behind it go on', async () => {
    start();
    send('a1', 'b1', 'c1');
    service.end('b1');
    service.end('c1');
    service.end('a1', new Error('no luck'));
    await task.turn();
    expect(task.errors).toHaveLength(1);
    expect(task.errors[0]).toMatchObject({
      code: 'PROCESSING',
      message: 'no luck',
      coordinates: { topic: 'input', partition: 0, offset: 100, task: '0_0', node: 'node' },
    });
    expect(task.values).toEqual(['b1!', 'c1!']);
    expect(task.unfinished).toBe(0);
  });

  it('onError makes a result of it, a Failure for a retry branch for instance', async () => {
    start({ onError: failed });
    send('a1');
    service.end('a1', new Error('no luck'));
    await task.turn();
    const [failure] = task.values;
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ value: 'a1', record: { offset: 100 }, error: { message: 'no luck' } });
  });

  it('a call that takes too long fails with ASYNC_TIMEOUT, and its signal is aborted', async () => {
    start({ timeoutMs: 50 });
    send('a1');
    timers.advance(49);
    await task.turn();
    expect(task.errors).toEqual([]);
    timers.advance(1);
    await task.turn();
    expect(task.errors[0]).toMatchObject({ code: 'ASYNC_TIMEOUT', retriable: true, coordinates: { offset: 100 } });
    expect(service.calls[0]?.signal.aborted).toBe(true);
    expect(timers.pending).toEqual([]);
  });

  it('tries again as often as allowed, after pauses that double and vary', async () => {
    start({ attempts: 3, backoffMs: 100, timeoutMs: 10_000 });
    send('a1');
    service.end('a1', new Error('first'));
    await task.turn();
    expect(timers.pending).toEqual([75]);
    timers.advance(75);
    await task.turn();
    service.end('a1', new Error('second'));
    await task.turn();
    expect(timers.pending).toEqual([150]);
    timers.advance(150);
    await task.turn();
    expect(service.calls).toHaveLength(3);
    service.end('a1');
    await task.turn();
    expect(task.values).toEqual(['a1!']);
  });

  it('does not try again what says that it is no use', async () => {
    start({ attempts: 3 });
    send('a1');
    service.end('a1', new StreamsError('SCHEMA_INVALID', 'never'));
    await task.turn();
    expect(service.calls).toHaveLength(1);
    expect(task.errors).toHaveLength(1);
  });

  it('a function that throws at once is a failed call like any other', async () => {
    task = new FakeTask(harness.state);
    const throwing = (): Promise<string> => {
      throw new Error('at once');
    };
    processor = mapAsyncProcessor<string, string, string>(throwing, {}, 'calls', new ManualTimers())();
    processor.init?.(task.context);
    send('a1');
    await task.turn();
    expect(task.errors).toMatchObject([{ message: 'at once' }]);
  });
});

describe('over a crash', () => {
  it('what was in flight at the commit is called again, in order; what had left is not', async () => {
    start();
    send('a1', 'b1', 'c1');
    service.end('a1');
    service.end('c1');
    await task.turn();
    await task.commit();
    expect(storedValues()).toEqual(['b1', 'c1']);
    processor.close?.();
    await harness.crash();
    start();
    expect(service.values).toEqual(['b1', 'c1']);
    send('d1');
    for (const value of ['d1', 'c1', 'b1']) service.end(value);
    await task.turn();
    expect(task.values).toEqual(['b1!', 'c1!', 'd1!']);
    expect(task.forwarded.map(({ record }) => record.offset)).toEqual([101, 102, 100]);
    await task.commit();
    expect(storedValues()).toEqual([]);
  });

  it('what left after the last commit is called again when that commit is all there is', async () => {
    start();
    send('a1');
    await task.commit();
    service.end('a1');
    await task.turn();
    expect(task.values).toEqual(['a1!']);
    processor.close?.();
    await harness.crash();
    start();
    expect(service.values).toEqual(['a1']);
  });

  it('forgets an input only after its result is acknowledged', async () => {
    start();
    send('a1');
    await task.commit();
    service.end('a1');
    await task.turn();
    expect(task.values).toEqual(['a1!']);
    expect(storedValues()).toEqual(['a1']);
    task.beginCommit();
    expect(storedValues()).toEqual(['a1']);
    task.outputAcknowledged();
    expect(storedValues()).toEqual([]);
  });

  it('closing aborts the calls and forwards nothing more', async () => {
    start();
    send('a1');
    processor.close?.();
    expect(service.calls[0]?.signal.aborted).toBe(true);
    service.end('a1');
    await task.turn();
    expect(task.values).toEqual([]);
    expect(timers.pending).toEqual([]);
  });
});

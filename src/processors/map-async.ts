import { messageOf, StreamsError } from '../core/errors.ts';
import type { RecordContext } from '../core/record.ts';
import type { KeyValueStore } from '../state/store.ts';
import { callWithAttempts, Closing } from './async-call.ts';
import { departuresInOrder } from './departures.ts';
import type { InFlight } from './in-flight-serde.ts';
import type { AsyncMapper, MapAsyncOptions } from './options.ts';
import type { Processor, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { systemTimers, type Timers } from './timers.ts';

/** Finished results that may wait for an earlier call, for each call that may run: order must not cost all concurrency. */
const WAITING_PER_CALL = 4;

interface Call<K, V, R> {
  readonly sequence: number;
  readonly key: K;
  readonly value: V;
  readonly record: RecordContext;
  /** In the store, so that a crash finds it. */
  stored: boolean;
  done: boolean;
  outcome: { readonly result: R } | { readonly error: unknown } | null;
}

/**
 * `mapAsync`: see {@link MapAsyncOptions}; the pause before a second try is 500 ms by default. What is in flight at a
 * commit is written to the store (made by `inFlightStore`) in the same commit, so the inputs' offsets need not wait for
 * it; after a crash those calls are made again, in order. A call may therefore be made twice; no result is lost.
 */
export function mapAsyncProcessor<K, V, R>(
  fn: AsyncMapper<K, V, R>,
  options: MapAsyncOptions<K, V, R>,
  storeName: string,
  timers: Timers = systemTimers,
): ProcessorSupplier<K, V, K, R> {
  return () => new MapAsync(fn, options, storeName, timers);
}

class MapAsync<K, V, R> implements Processor<K, V, K, R> {
  readonly #fn: AsyncMapper<K, V, R>;
  readonly #options: MapAsyncOptions<K, V, R>;
  readonly #storeName: string;
  readonly #timers: Timers;
  readonly #concurrency: number;
  readonly #closing = new Closing();
  readonly #calls = new Set<Call<K, V, R>>();
  readonly #waiting: Call<K, V, R>[] = [];
  /** What the store still has of calls that are through. Deleted in the commit that makes their results safe, not before. */
  #left: number[] = [];
  readonly #departures;
  #running = 0;
  #nextSequence = 0;
  #held = false;
  #context: ProcessorContext<K, R> | null = null;
  #store: KeyValueStore<number, InFlight<K, V>> | null = null;

  constructor(fn: AsyncMapper<K, V, R>, options: MapAsyncOptions<K, V, R>, storeName: string, timers: Timers) {
    this.#fn = fn;
    this.#options = options;
    this.#storeName = storeName;
    this.#timers = timers;
    this.#concurrency = options.concurrency ?? 16;
    this.#departures = departuresInOrder<Call<K, V, R>>(options.order ?? 'input');
  }

  init(context: ProcessorContext<K, R>): void {
    this.#context = context;
    this.#store = context.store(this.#storeName);
    context.async.afterFlush(() => this.#keepUnfinished());
    const before = [...this.#store.all()];
    for (const [sequence, { key, value, record }] of before) {
      this.#nextSequence = sequence;
      this.#accept(key as K, value as V, record, true);
    }
  }

  process(key: K, value: V, record: RecordContext): void {
    this.#accept(key, value, record, false);
  }

  close(): void {
    this.#closing.close();
    this.#calls.clear();
    this.#waiting.length = 0;
  }

  #accept(key: K, value: V, record: RecordContext, stored: boolean): void {
    const call = { sequence: this.#nextSequence++, key, value, record, stored, done: false, outcome: null };
    this.#calls.add(call);
    this.#departures.arrived(call);
    this.#context?.async.started();
    this.#waiting.push(call);
    this.#startWaiting();
    this.#holdWhenFull();
  }

  #startWaiting(): void {
    while (this.#running < this.#concurrency) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      this.#running++;
      void this.#run(call);
    }
  }

  async #run(call: Call<K, V, R>): Promise<void> {
    const { timeoutMs = 30_000, attempts = 1, backoffMs = 500 } = this.#options;
    const closing = this.#closing;
    try {
      const options = { fn: this.#fn, timeoutMs, attempts, backoffMs, timers: this.#timers, closing };
      const result = (): Promise<R> => callWithAttempts(options, call.key, call.value, call.record);
      const traced = this.#context?.async.traced;
      call.outcome = { result: await (traced ? traced(call.record, result) : result()) };
    } catch (error) {
      call.outcome = { error };
    }
    if (closing.closed) return;
    this.#context?.async.finished(() => this.#complete(call));
  }

  /** On the task's loop. */
  #complete(call: Call<K, V, R>): void {
    if (this.#closing.closed) return;
    call.done = true;
    this.#running--;
    this.#startWaiting();
    this.#leaveFrom(call);
  }

  #leaveFrom(call: Call<K, V, R>): void {
    let complete = false;
    try {
      for (const leaving of this.#departures.after(call)) this.#leave(leaving);
      complete = true;
    } finally {
      // The one that threw is through. The handler may say to go on: then those behind it leave in a turn of their own.
      if (!complete) {
        this.#context?.async.started();
        this.#context?.async.finished(() => this.#leaveFrom(call));
      }
      this.#holdWhenFull();
    }
  }

  #leave(call: Call<K, V, R>): void {
    if (call.outcome === null || !this.#calls.delete(call)) return;
    if (call.stored) this.#left.push(call.sequence);
    const { key, value, record, outcome } = call;
    if ('result' in outcome) this.#context?.forward(key, outcome.result, record);
    else if (this.#options.onError === undefined) throw this.#located(outcome.error, record);
    else this.#context?.forward(key, this.#options.onError(outcome.error, value, key, record), record);
  }

  #located(error: unknown, record: RecordContext): StreamsError {
    const { topic, partition, offset } = record;
    const where = { topic, partition, offset, task: this.#context?.taskId ?? '', node: this.#context?.node ?? '' };
    if (error instanceof StreamsError) return error.at(where);
    return new StreamsError('PROCESSING', messageOf(error), { ...where, cause: error });
  }

  #keepUnfinished(): void {
    for (const sequence of this.#left) this.#store?.put(sequence, null);
    this.#left = [];
    for (const call of this.#calls) {
      if (call.stored) continue;
      this.#store?.put(call.sequence, { key: call.key, value: call.value, record: call.record });
      call.stored = true;
    }
  }

  #holdWhenFull(): void {
    const unfinished = this.#running + this.#waiting.length;
    const full = unfinished >= this.#concurrency || this.#calls.size >= this.#concurrency * WAITING_PER_CALL;
    if (full === this.#held) return;
    this.#held = full;
    this.#context?.async.hold(full);
  }
}

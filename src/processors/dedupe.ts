import type { RecordContext } from '../core/record.ts';
import type { KeyValueStore } from '../state/store.ts';
import type { PassedRecord } from './dedupe-store.ts';
import { keyIdentity } from './key-identity.ts';
import type { DedupeOptions } from './options.ts';
import type { Processor, ProcessorContext, ProcessorSupplier } from './processor.ts';

const DAY_MS = 86_400_000;
/** Every so many records, look at so many ids for expired ones: four for each record, so the sweep outruns the growth. */
const SWEEP_EVERY = 256;
const SWEEP_STEP = 1_024;

/**
 * `dedupe`: see {@link DedupeOptions}. The first record of an id passes, and every other one whose event time is
 * `withinMs` or more from the last one that passed. After a crash the records since the last commit come again; those
 * that had passed pass again, so that none is lost. A record without an id (null, undefined) passes: nothing says that
 * it was there before. So does a tombstone where the id is made from the value.
 *
 * Ids that the task's stream time has left behind by `withinMs` are deleted from the store (made by `dedupeStore`) and
 * its changelog, in small steps as records come.
 */
export function dedupeProcessor<K, V>(options: DedupeOptions<K, V>, storeName: string): ProcessorSupplier<K, V, K, V> {
  return () => new Dedupe(options, storeName);
}

class Dedupe<K, V> implements Processor<K, V, K, V> {
  readonly #options: DedupeOptions<K, V>;
  readonly #withinMs: number;
  readonly #storeName: string;
  #context: ProcessorContext<K, V> | null = null;
  #store: KeyValueStore<string, PassedRecord> | null = null;
  #start = 0;
  #untilSweep = SWEEP_EVERY;
  /** Where the sweep under way goes on; null: at the beginning. */
  #cursor: string | null = null;
  /** The oldest time met by the sweep under way, and stream time before which no sweep can find anything. */
  #oldestSeen = Infinity;
  #nothingBefore = -Infinity;

  constructor(options: DedupeOptions<K, V>, storeName: string) {
    this.#options = options;
    this.#withinMs = options.withinMs ?? DAY_MS;
    this.#storeName = storeName;
  }

  init(context: ProcessorContext<K, V>): void {
    this.#context = context;
    this.#store = context.store(this.#storeName);
    this.#start = context.now();
  }

  process(key: K, value: V, record: RecordContext): void {
    const id = this.#idOf(key, value);
    if (id === null) {
      this.#context?.forward(key, value, record);
      return;
    }
    const passed = this.#store?.get(id) ?? null;
    if (passed !== null && this.#repeats(record, passed)) {
      this.#context?.dropped('duplicate', record);
    } else {
      this.#remember(id, record, passed);
      this.#context?.forward(key, value, record);
    }
    if (--this.#untilSweep === 0) this.#sweep();
  }

  /**
   * The very record that passed in an earlier start of the task is no duplicate: the crash in between may have lost what
   * became of it, and the store can be ahead of the positions that were committed.
   */
  #repeats({ timestamp, topic, partition, offset }: RecordContext, passed: PassedRecord): boolean {
    if (Math.abs(timestamp - passed.timestamp) >= this.#withinMs) return false;
    const same = offset >= 0 && passed.offset === offset && passed.partition === partition && passed.topic === topic;
    return !same || passed.start === this.#start;
  }

  /** Keeps the latest: an older one that passed as well is too far from it to be taken for its duplicate again. */
  #remember(id: string, { timestamp, topic, partition, offset }: RecordContext, passed: PassedRecord | null): void {
    if (passed !== null && passed.timestamp > timestamp) return;
    this.#store?.put(id, { timestamp, topic, partition, offset, start: this.#start });
    if (timestamp < this.#oldestSeen) this.#oldestSeen = timestamp;
    if (timestamp + this.#withinMs < this.#nothingBefore) this.#nothingBefore = timestamp + this.#withinMs;
  }

  #idOf(key: K, value: V): string | null {
    if (this.#options.id !== undefined) return value === null ? null : (this.#options.id(value, key) ?? null);
    return key === null || key === undefined ? null : String(keyIdentity(key));
  }

  #sweep(): void {
    this.#untilSweep = SWEEP_EVERY;
    const streamTime = this.#context?.streamTime() ?? -1;
    if (this.#cursor === null && streamTime < this.#nothingBefore) return;
    const expired: string[] = [];
    const entries = this.#store?.range(this.#cursor, null);
    let left = SWEEP_STEP;
    let next: string | null = null;
    for (const [id, { timestamp }] of entries ?? []) {
      if (left-- === 0) {
        next = id;
        break;
      }
      if (timestamp + this.#withinMs <= streamTime) expired.push(id);
      else if (timestamp < this.#oldestSeen) this.#oldestSeen = timestamp;
    }
    for (const id of expired) this.#store?.put(id, null);
    this.#cursor = next;
    if (next !== null) return;
    this.#nothingBefore = this.#oldestSeen + this.#withinMs;
    this.#oldestSeen = Infinity;
  }
}

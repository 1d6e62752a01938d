import type { RecordContext } from '../core/record.ts';
import type { KeyValueStore } from '../state/store.ts';
import { keyIdentity } from './key-identity.ts';
import type { DedupeOptions } from './options.ts';
import type { Processor, ProcessorContext, ProcessorSupplier } from './processor.ts';

const DAY_MS = 86_400_000;
/** Every so many records, look at so many ids for expired ones: four for each record, so the sweep outruns the growth. */
const SWEEP_EVERY = 256;
const SWEEP_STEP = 1_024;

/**
 * `dedupe`: see {@link DedupeOptions}. The first record of an id passes, and every other one whose event time is
 * `withinMs` or more from the last one that passed. A record without an id (null, undefined) passes: nothing says that
 * it was there before. So does a tombstone where the id is made from the value.
 *
 * Ids that the task's stream time has left behind by `withinMs` are deleted from the store (made by `dedupeStore`) and
 * its changelog, in small steps as records come.
 */
export function dedupeProcessor<K, V>(options: DedupeOptions<K, V>, storeName: string): ProcessorSupplier<K, V, K, V> {
  return () => new Dedupe(options, storeName);
}

class Dedupe<K, V> implements Processor<K, V, K, V> {
  readonly #id: DedupeOptions<K, V>['id'];
  readonly #withinMs: number;
  readonly #storeName: string;
  #context: ProcessorContext<K, V> | null = null;
  #store: KeyValueStore<string, number> | null = null;
  #untilSweep = SWEEP_EVERY;
  /** Where the sweep under way goes on; null: at the beginning. */
  #cursor: string | null = null;
  /** The oldest time met by the sweep under way, and stream time before which no sweep can find anything. */
  #oldestSeen = Infinity;
  #nothingBefore = -Infinity;

  constructor(options: DedupeOptions<K, V>, storeName: string) {
    this.#id = options.id;
    this.#withinMs = options.withinMs ?? DAY_MS;
    this.#storeName = storeName;
  }

  init(context: ProcessorContext<K, V>): void {
    this.#context = context;
    this.#store = context.store(this.#storeName);
  }

  process(key: K, value: V, record: RecordContext): void {
    const id = this.#idOf(key, value);
    if (id === null) {
      this.#context?.forward(key, value, record);
      return;
    }
    const { timestamp } = record;
    const passed = this.#store?.get(id) ?? null;
    if (passed !== null && Math.abs(timestamp - passed) < this.#withinMs) {
      this.#context?.dropped('duplicate', record);
    } else {
      this.#store?.put(id, passed === null ? timestamp : Math.max(timestamp, passed));
      if (timestamp < this.#oldestSeen) this.#oldestSeen = timestamp;
      if (timestamp + this.#withinMs < this.#nothingBefore) this.#nothingBefore = timestamp + this.#withinMs;
      this.#context?.forward(key, value, record);
    }
    if (--this.#untilSweep === 0) this.#sweep();
  }

  #idOf(key: K, value: V): string | null {
    if (this.#id !== undefined) return value === null ? null : (this.#id(value, key) ?? null);
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
    for (const [id, timestamp] of entries ?? []) {
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

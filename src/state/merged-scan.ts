import type { ByteCursor } from './backing.ts';
import type { StoredValue, StoreWrites } from './store-writes.ts';
import { jumpToSuffix } from './suffix-jump.ts';
import type { PendingWrite, WriteLayer } from './write-layer.ts';

/** Keys on disk as latin1. */
export interface ScanBounds {
  /** Inclusive. */
  readonly from: string;
  /** Exclusive; null: to the store's end. */
  readonly to: string | null;
  readonly reverse?: boolean;
  /** Only keys whose characters from `suffixAt` on are these. */
  readonly suffix?: string;
  readonly suffixAt?: number;
}

/** What waits in a cache, as it was when the scan began: the cache uses its entries again. */
export interface DirtyWrite<V> {
  /** The key on disk. */
  readonly order: string;
  readonly value: V | null;
  readonly timestamp: number;
}

/** One ordered input of a merge. */
interface Source {
  /** The key it stands on; undefined: at its end. */
  readonly at: string | undefined;
  advance(): void;
}

/**
 * Reads a store in order: the cache's dirty entries over the uncommitted writes over the committed ones. A key counts as
 * its newest source has it. What is written while it is open may or may not show.
 */
export class MergedScan<V> {
  /** The key it stands on, after {@link next} answered true. */
  order = '';
  timestamp = -1;
  readonly #decode: (bytes: Buffer) => V;
  readonly #reverse: boolean;
  readonly #dirty: DirtySource<V>;
  readonly #layers: LayerSource[];
  readonly #committed: CommittedSource | null;
  readonly #sources: Source[];
  #value: V | null = null;
  #bytes: Buffer | null = null;
  #closed = false;

  constructor(writes: StoreWrites, dirty: readonly DirtyWrite<V>[], bounds: ScanBounds, decode: (bytes: Buffer) => V) {
    this.#decode = decode;
    this.#reverse = bounds.reverse === true;
    this.#dirty = new DirtySource(dirty, bounds);
    this.#layers = writes.layers().map((layer) => new LayerSource(writes, layer, bounds));
    this.#committed = writes.diskEmpty ? null : new CommittedSource(writes, bounds);
    this.#sources = [this.#dirty, ...this.#layers];
    if (this.#committed !== null) this.#sources.push(this.#committed);
  }

  next(): boolean {
    for (;;) {
      if (this.#closed) return false;
      const order = this.#nearest();
      if (order === undefined) return false;
      this.order = order;
      const found = this.#read(order);
      for (const source of this.#sources) if (source.at === order) source.advance();
      if (found) return true;
    }
  }

  /** The value it stands on, decoded when asked for. */
  value(): V {
    if (this.#bytes !== null) {
      this.#value = this.#decode(this.#bytes);
      this.#bytes = null;
    }
    return this.#value as V;
  }

  /** The value's bytes as they are stored; `encode` makes those of one that waits in the cache as an object. */
  bytes(encode: (value: V) => Buffer): Buffer {
    return this.#bytes ?? encode(this.#value as V);
  }

  close(): void {
    this.#closed = true;
    this.#committed?.close();
  }

  #nearest(): string | undefined {
    let nearest: string | undefined;
    for (const { at } of this.#sources) {
      if (at === undefined) continue;
      if (nearest === undefined || (this.#reverse ? at > nearest : at < nearest)) nearest = at;
    }
    return nearest;
  }

  #read(order: string): boolean {
    if (this.#dirty.at === order) {
      const entry = this.#dirty.entry;
      this.#value = entry?.value ?? null;
      this.#bytes = null;
      this.timestamp = entry?.timestamp ?? -1;
      return this.#value !== null;
    }
    const layer = this.#layers.find((source) => source.at === order);
    const stored = layer === undefined ? this.#committed?.stored() : layer.write;
    this.#bytes = stored?.value ?? null;
    this.timestamp = stored?.timestamp ?? -1;
    return this.#bytes !== null;
  }
}

class DirtySource<V> implements Source {
  readonly #writes: readonly DirtyWrite<V>[];
  #index = 0;

  constructor(writes: readonly DirtyWrite<V>[], bounds: ScanBounds) {
    const sign = bounds.reverse === true ? -1 : 1;
    this.#writes = writes
      .filter(({ order }) => within(order, bounds.from, bounds.to) && matches(order, bounds))
      .sort(({ order: a }, { order: b }) => (a < b ? -sign : a > b ? sign : 0));
  }

  get at(): string | undefined {
    return this.#writes[this.#index]?.order;
  }

  get entry(): DirtyWrite<V> | undefined {
    return this.#writes[this.#index];
  }

  advance(): void {
    this.#index++;
  }
}

class LayerSource implements Source {
  at: string | undefined;
  readonly #writes: StoreWrites;
  readonly #layer: WriteLayer;
  readonly #bounds: ScanBounds;

  constructor(writes: StoreWrites, layer: WriteLayer, bounds: ScanBounds) {
    this.#writes = writes;
    this.#layer = layer;
    this.#bounds = bounds;
    this.advance();
  }

  get write(): PendingWrite | undefined {
    return this.at === undefined ? undefined : this.#writes.pending(this.#layer, this.at);
  }

  advance(): void {
    const { from, to, reverse } = this.#bounds;
    const keys = this.#layer.sorted();
    const first =
      reverse === true
        ? keys.before(this.at ?? to ?? AFTER_ALL)
        : keys.atOrAfter(this.at ?? from, this.at !== undefined);
    let at = first;
    while (at !== undefined && within(at, from, to) && !matches(at, this.#bounds)) at = this.#skip(at);
    this.at = at !== undefined && within(at, from, to) ? at : undefined;
  }

  #skip(at: string): string | undefined {
    const { reverse, suffix = '', suffixAt = 0 } = this.#bounds;
    if (reverse === true) return this.#layer.sorted().before(at);
    const jump = jumpToSuffix(at, suffix, suffixAt);
    return jump === null ? undefined : this.#layer.sorted().atOrAfter(jump, false);
  }
}

function within(at: string, from: string, to: string | null): boolean {
  return at >= from && (to === null || at < to);
}

/** Above every key: keys are latin1. */
const AFTER_ALL = '\u{ffff}';

class CommittedSource implements Source {
  at: string | undefined;
  readonly #writes: StoreWrites;
  readonly #cursor: ByteCursor;

  constructor(writes: StoreWrites, bounds: ScanBounds) {
    this.#writes = writes;
    this.#cursor = writes.backing.scan({
      from: writes.diskBytes(bounds.from),
      to: bounds.to === null ? writes.end() : writes.diskBytes(bounds.to),
      reverse: bounds.reverse === true,
      suffix: bounds.suffix === undefined ? null : Buffer.from(bounds.suffix, 'latin1'),
      suffixAt: 2 + (bounds.suffixAt ?? 0),
    });
    this.advance();
  }

  stored(): StoredValue {
    return this.#writes.decode(this.#cursor.value);
  }

  advance(): void {
    this.at = this.#cursor.next() ? this.#cursor.key.toString('latin1', 2) : undefined;
  }

  close(): void {
    this.#cursor.close();
  }
}

function matches(order: string, bounds: ScanBounds): boolean {
  return bounds.suffix === undefined || order.slice(bounds.suffixAt ?? 0) === bounds.suffix;
}

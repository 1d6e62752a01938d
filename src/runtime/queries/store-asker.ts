import { NeedsPreparation } from '../../core/serde.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { TopologyPlan } from '../../topology/topology.ts';
import { everyOne, keyPartitions, type KeyPartitioner } from './key-partitions.ts';
import { mergePositions, type Position } from './position.ts';
import type { QueryRouter, RoutedAnswer } from './query-router.ts';
import type { AnswerEntry, AnswerSource, StoreQuery } from './store-query.ts';

/** How a store is read, wherever it is. */
export interface QueryOptions<K = unknown> {
  /**
   * Whether a standby may answer when the active task does not: `true`, however old, or one that is behind by at most so
   * many records. Default: the active task only.
   */
  readonly stale?: true | { readonly maxLag: number };
  /**
   * Answers include at least this: what an earlier answer said, or what a producer was told of a record in a topic that
   * the store's task reads (`{ clicks: { 0: 41 } }`). Until then the query waits.
   */
  readonly atLeast?: Position;
  /** How long to look for somebody who can answer, and to wait for `atLeast` (default 5,000 ms). */
  readonly timeoutMs?: number;
  /**
   * Asks this process alone, all threads of it: a list is of the partitions that are here, and a key that is elsewhere rejects
   * with NOT_PRESENT (default false).
   */
  readonly here?: boolean;
  /** Reads this partition only. */
  readonly partition?: number;
  /** Where keys are, when their topic is not written with Kafka's default partitioner. */
  readonly partitioner?: KeyPartitioner<K>;
  /** Entries asked for at once (default 500). */
  readonly pageSize?: number;
}

/** Who answered. */
export interface QuerySource extends AnswerSource {
  /** `host:port` of another instance; null: this process. */
  readonly host: string | null;
}

/** Where to go on reading. */
export interface PageCursor {
  readonly partition: number | null;
  readonly after: Buffer | null;
}

export interface DecodedEntry<K, V> extends Omit<AnswerEntry, 'key' | 'value'> {
  readonly key: K;
  readonly value: V;
  readonly source: QuerySource;
}

export interface AnswerPage<K, V> {
  readonly entries: readonly DecodedEntry<K, V>[];
  readonly count: number | null;
  /** null: that was all. */
  readonly next: PageCursor | null;
  readonly position: Position;
  readonly source: QuerySource;
}

export interface StoreAskerOptions {
  readonly plan: TopologyPlan;
  readonly store: string;
  readonly prepared: () => Promise<{ readonly spec: StoreSpec; readonly topic: string }>;
  /** null: a global store. */
  readonly partitions: () => number | null;
  readonly router: QueryRouter;
  /** The partitions of this process, for a query that is about them alone; null: about all. */
  readonly own: (() => ReadonlySet<number | null>) | null;
}

const TIMEOUT_MS = 5_000;
const PAGE_SIZE = 500;

/** Asks for one store with typed keys and values: what the clients of all kinds of stores are made of. */
export class StoreAsker<K, V> {
  readonly #options: StoreAskerOptions;
  readonly #query: QueryOptions<K>;

  constructor(options: StoreAskerOptions, query: QueryOptions<K>) {
    this.#options = options;
    this.#query = query;
  }

  async keyBytes(key: K): Promise<Buffer> {
    const { spec, topic } = await this.#options.prepared();
    return spec.key.serialize(topic, key);
  }

  /** The partitions to ask: of a key those that may have it, else all. */
  async partitions(key?: { readonly key: K }): Promise<readonly (number | null)[]> {
    const { plan, store } = this.#options;
    const partitions = this.#options.partitions();
    if (partitions === null) return [null];
    const { partition, partitioner = null } = this.#query;
    if (partition !== undefined) return [partition];
    const own = this.#options.own?.() ?? null;
    if (key === undefined) return everyOne(partitions).filter((one) => own?.has(one) ?? true);
    const keyBytes = await this.keyBytes(key.key);
    const likely = keyPartitions({ plan, store, partitions, key: key.key, keyBytes, partitioner });
    // Where it could be anywhere, it is looked for in what is here; where it is known to be elsewhere, the answer says so.
    return likely.length > 1 && own !== null ? likely.filter((one) => own.has(one)) : likely;
  }

  /** One page, and where the next one begins. `cursor` null: the first. */
  async page(
    query: StoreQuery,
    partitions: readonly (number | null)[],
    { cursor, limit }: { readonly cursor: PageCursor | null; readonly limit: number },
  ): Promise<AnswerPage<K, V>> {
    const { partition = null, after } = cursor ?? { partition: partitions[0], after: null };
    const answer = await this.#ask(query, partition, after, limit);
    const following = partitions[partitions.indexOf(partition) + 1];
    const next =
      answer.after !== null
        ? { partition, after: answer.after }
        : following === undefined
          ? null
          : { partition: following, after: null };
    const { host, count, position } = answer;
    const source = { ...answer.source, host };
    const entries: DecodedEntry<K, V>[] = [];
    for (const entry of answer.entries) entries.push(await this.#decode(entry, source));
    return { entries, count, next, position, source };
  }

  /** All pages, one after the other, each as it is when it is read. */
  async *pages(query: StoreQuery, partitions: readonly (number | null)[]): AsyncGenerator<AnswerPage<K, V>> {
    const limit = this.#query.pageSize ?? PAGE_SIZE;
    let cursor: PageCursor | null = null;
    do {
      const page: AnswerPage<K, V> = await this.page(query, partitions, { cursor, limit });
      yield page;
      cursor = page.next;
    } while (cursor !== null);
  }

  /** The one entry that a query of one key has, or null, with how far the store was. */
  async single(key: K, query: (keyBytes: Buffer) => StoreQuery): Promise<SingleAnswer<K, V>> {
    const asked = query(await this.keyBytes(key));
    let position: Position = {};
    let source: QuerySource | null = null;
    for (const partition of await this.partitions({ key })) {
      const page = await this.page(asked, [partition], { cursor: null, limit: 1 });
      position = mergePositions(position, page.position);
      source = page.source;
      const [entry] = page.entries;
      if (entry !== undefined) return { entry, position, source };
    }
    return { entry: null, position, source };
  }

  #ask(query: StoreQuery, partition: number | null, after: Buffer | null, limit: number): Promise<RoutedAnswer> {
    const { stale, atLeast = null, timeoutMs = TIMEOUT_MS } = this.#query;
    const allowed = stale === undefined ? null : { maxLag: stale === true ? null : stale.maxLag };
    return this.#options.router.ask(
      { store: this.#options.store, partition, query, limit, after, stale: allowed, atLeast, waitMs: timeoutMs },
      timeoutMs,
    );
  }

  async #decode(entry: AnswerEntry, source: QuerySource): Promise<DecodedEntry<K, V>> {
    const { spec, topic } = await this.#options.prepared();
    for (;;) {
      try {
        const key = spec.key.deserialize(topic, entry.key) as K;
        const value = spec.value.deserialize(topic, entry.value) as V;
        return { ...entry, key, value, source };
      } catch (error) {
        // A schema that this instance has not met: it is known afterwards, or known to be missing, which is another error.
        if (!(error instanceof NeedsPreparation)) throw error;
        await spec.key.recover?.(error);
        await spec.value.recover?.(error);
      }
    }
  }
}

export interface SingleAnswer<K, V> {
  readonly entry: DecodedEntry<K, V> | null;
  readonly position: Position;
  /** null: there was no partition to ask. */
  readonly source: QuerySource | null;
}

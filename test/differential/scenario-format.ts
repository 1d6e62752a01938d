import type { PunctuationType } from '../../src/processors/processor.ts';
import type { Fn } from './functions.ts';

export interface WindowSpec {
  readonly type: string;
  readonly sizeMs?: number;
  readonly gapMs?: number;
  readonly beforeMs?: number;
  readonly afterMs?: number;
  readonly advanceMs?: number;
  readonly graceMs?: number;
  readonly emit?: string;
}

export interface Op {
  readonly op: string;
  readonly id?: string;
  readonly in?: string;
  readonly other?: string;
  readonly topic?: string;
  /** Of a source that reads several. */
  readonly topics?: readonly string[];
  readonly pattern?: string;
  /** Adds the value's length to the record's time; the time of a value that contains this is negative. */
  readonly extractor?: string;
  /** Of a sink: null values go to the topic `<topic>-null`. */
  readonly dynamic?: boolean;
  readonly store?: string;
  /** History retention of a versioned store, in ms. */
  readonly versionedMs?: number;
  /** Of a join with a versioned table. */
  readonly graceMs?: number;
  readonly name?: string;
  readonly fn?: Fn;
  readonly key?: Fn;
  readonly value?: Fn;
  readonly foreignKey?: Fn;
  readonly branches?: readonly { readonly name: string; readonly fn: Fn }[];
  readonly default?: boolean;
  /** Of a processor's punctuator. */
  readonly clock?: PunctuationType;
  readonly everyMs?: number;
  /** The processor's store is not added to the builder. */
  readonly unadded?: boolean;
  readonly window?: WindowSpec;
  /** Cogrouped streams besides `in`. */
  readonly others?: readonly string[];
  readonly until?: {
    readonly windowCloses?: boolean;
    readonly timeLimitMs?: number;
    readonly maxRecords?: number;
    readonly maxBytes?: number;
  };
}

export interface Input {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly ts: number;
  /** `key=value`. */
  readonly headers?: readonly string[];
  /** Default: by the key. */
  readonly partition?: number;
}

export interface Scenario {
  readonly name: string;
  readonly config?: {
    readonly cacheBytes?: number;
    readonly optimization?: string;
    /** Of each source topic (default 1); the oracle has one. */
    readonly partitions?: number;
    /** Answer with the headers too. */
    readonly headers?: boolean;
    /** Answer with what these stores have at the end. */
    readonly stores?: readonly string[];
  };
  readonly ops: readonly Op[];
  readonly inputs: readonly (Input | { readonly advanceWallClockMs: number })[];
}

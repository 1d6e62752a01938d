import type { RecordContext } from '../../core/record.ts';
import type { Serde } from '../../core/serde.ts';
import type { LagPause, TimestampExtractor } from '../topology.ts';

/** The records of topics. */
export interface SourceNode {
  readonly kind: 'source';
  readonly name: string;
  readonly parents: readonly [];
  readonly topics: readonly string[];
  readonly pattern: RegExp | null;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly timestampExtractor: TimestampExtractor | null;
  readonly offsetReset: 'earliest' | 'latest' | null;
  /** A topic of this application, made by it; null for topics of others. */
  readonly internal: 'retry' | null;
  readonly notBefore: ((record: RecordContext) => number) | null;
  readonly pause?: LagPause;
}

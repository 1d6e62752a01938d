import { StreamsError } from '../core/errors.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import type { SourceOptions, TableOptions } from './options.ts';
import type { KStream } from './stream.ts';
import type { KTable } from './table.ts';
import type { Topology } from './topology.ts';

/** Declares a topology. Nothing runs and nothing is checked against a broker; {@link build} makes the plan. */
export class StreamsBuilder {
  /** A stream of the records of a topic, of several, or of all whose names match. */
  stream<K = Buffer, V = Buffer>(
    _topics: string | readonly string[] | RegExp,
    _options: SourceOptions<K, V> = {},
  ): KStream<K, V> {
    throw new StreamsError('TOPOLOGY_INVALID', 'not built yet');
  }

  /** A table of a topic: the latest value by key. */
  table<K = Buffer, V = Buffer>(_topic: string, _options: TableOptions<K, V> = {}): KTable<K, V> {
    throw new StreamsError('TOPOLOGY_INVALID', 'not built yet');
  }

  /** A store for `process`; connect it there by its name. */
  addStore(_spec: StoreSpec): this {
    return this;
  }

  /** Checks the topology and compiles it. @throws TOPOLOGY_INVALID naming the nodes and what to do */
  build(): Topology {
    throw new StreamsError('TOPOLOGY_INVALID', 'not built yet');
  }
}

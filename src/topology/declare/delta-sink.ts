import { basename } from 'node:path';
import type { DeltaOptions } from '../../sinks/delta/options.ts';
import type { SinkConnector } from '../../sinks/sink.ts';

/**
 * `delta(table, options)`, whose code is loaded when the sink is opened: a topology without such a sink does not pay for
 * loading the packages that write Parquet.
 */
export function deltaSink<K, V>(table: string, options: DeltaOptions<K, V>): SinkConnector<K, V> {
  return {
    description: `delta ${basename(table)}`,
    async open(context) {
      const { delta } = await import('../../sinks/delta/delta.ts');
      return delta(table, options).open(context);
    },
  };
}

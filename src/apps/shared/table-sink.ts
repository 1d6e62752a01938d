import type { StageContext } from '../../runtime/define-app.ts';
import { deltaTables } from '../../sinks/delta/delta-tables.ts';
import type { DeltaFlushOptions } from '../../sinks/delta/options.ts';
import type { Row } from '../../sinks/delta/row.ts';
import type { SinkConnector } from '../../sinks/sink.ts';
import type { FlushSettings } from './settings.ts';
import type { TableSet } from './table-set.ts';

type SinkContext = Pick<
  StageContext<{ readonly flush: FlushSettings; readonly lake: { readonly tables: string } }>,
  'config' | 'openLake'
>;

/** When the tables of a stage are written, and where. */
export function flushOptions({ config: { flush }, openLake }: SinkContext): DeltaFlushOptions {
  return { flushRows: flush.rows, flushIntervalMs: flush.intervalMs, lake: openLake };
}

/** A sink of one table, with one row for each record. */
export function tableSink<V, T extends string>(
  context: SinkContext,
  tables: TableSet<T>,
  name: T,
  row: (value: V) => Row,
): SinkConnector<string, V> {
  return deltaTables<string, V>({
    ...flushOptions(context),
    tables: { [name]: tables.options(context.config.lake.tables, name) },
    order: [name],
    route: (value) => [{ table: name, row: row(value) }],
  });
}

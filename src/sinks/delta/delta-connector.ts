import { StreamsError } from '../../core/errors.ts';
import type { SinkConnector, SinkContext, SinkWriter } from '../sink.ts';
import { appIdsOf, DeltaWriter, marksOf, type RouteRows } from './delta-writer.ts';
import type { DeltaFlushOptions, NamedTableOptions } from './options.ts';
import { checkNewSchema } from './schema.ts';
import { TableBuffer } from './table-buffer.ts';
import { DeltaTable } from './table.ts';

/**
 * A sink of one or more tables, in the order of their commits. The tasks of one connector share one handle for each table,
 * so they queue for it instead of conflicting.
 */
export class DeltaConnector<K, V> implements SinkConnector<K, V> {
  readonly description: string;
  readonly #tables: readonly NamedTableOptions[];
  readonly #route: RouteRows<K, V>;
  readonly #options: DeltaFlushOptions;
  readonly #open = new Map<NamedTableOptions, Promise<DeltaTable>>();

  /** @throws CONFIG_INVALID, SCHEMA_INVALID when what was declared cannot work */
  constructor(tables: readonly NamedTableOptions[], route: RouteRows<K, V>, options: DeltaFlushOptions) {
    for (const table of tables) checkTable(table);
    this.description = `delta ${tables.map(({ path }) => path.split('/').findLast((part) => part !== '') ?? path).join(', ')}`;
    this.#tables = tables;
    this.#route = route;
    this.#options = options;
  }

  async open(context: SinkContext): Promise<SinkWriter<K, V>> {
    const appIds = appIdsOf(marksOf(context, this.#tables.length));
    const buffers: TableBuffer[] = [];
    for (const options of this.#tables) {
      const table = await this.#tableOf(options);
      await table.refresh();
      buffers.push(new TableBuffer(table, options, appIds));
    }
    return new DeltaWriter(context, buffers, this.#route, this.#options);
  }

  #tableOf(options: NamedTableOptions): Promise<DeltaTable> {
    const open = this.#open.get(options);
    if (open) return open;
    const { lake, checkpointInterval, optimize = {}, engine } = this.#options;
    const table = DeltaTable.createOrOpen(options.path, options, {
      ...(lake ? { lake } : {}),
      ...(checkpointInterval === undefined ? {} : { checkpointInterval }),
      ...(optimize === false ? {} : { upkeep: optimize }),
      ...(engine === undefined ? {} : { engine }),
    });
    this.#open.set(options, table);
    // A table that could not be opened now may open later.
    table.catch(() => this.#open.delete(options));
    return table;
  }
}

function checkTable({ path, schema, mode, mergeKeys = [] }: NamedTableOptions): void {
  checkNewSchema(schema);
  if (mode === 'append') return;
  if (mergeKeys.length === 0) throw new StreamsError('CONFIG_INVALID', `${path}: mode merge needs mergeKeys`);
  for (const name of mergeKeys) {
    const type = schema.fields.find((field) => field.name === name)?.type;
    if (typeof type === 'string') continue;
    throw new StreamsError('CONFIG_INVALID', `${path}: merge key ${name} is no column of a simple type`);
  }
}

import {
  joinedGetter,
  sessionGetter,
  storedGetter,
  suppressedGetter,
  windowGetter,
} from '../../processors/value-getter.ts';
import type { ValueGetterSupplier } from '../../processors/value-getter.ts';
import type { LogicalNode, TableNode } from '../nodes/node.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';

/**
 * What the consumers of tables ask of them: to be kept in a store, because somebody looks rows up, and to send old
 * values along, because somebody subtracts. Asked in the order of declaration, as Kafka Streams does: a filter takes old
 * values only from a table that was kept already when the filter was declared.
 */
export class TableDemand {
  readonly #kept = new Set<LogicalNode>();
  readonly #old = new Set<LogicalNode>();

  /** Asks on behalf of a node for what it needs of its tables. */
  declare(node: LogicalNode): void {
    switch (node.kind) {
      case 'tableSource':
      case 'toTable':
        if (node.store.queryable) this.#kept.add(node);
        break;
      case 'tableStep':
        if (node.operator !== 'mapValues' && this.#askOld(node.parents[0], false)) this.#old.add(node);
        break;
      case 'tableGroup':
      case 'suppress':
        this.#askOld(node.parents[0], true);
        break;
      case 'tableJoin': {
        const [left, right] = node.parents;
        if (node.type !== 'inner') this.#askOld(left, true);
        if (node.type === 'outer') this.#askOld(right, true);
        this.getter(left);
        this.getter(right);
        break;
      }
      case 'streamTableJoin':
        this.getter(node.table);
        break;
      case 'foreignSubscribe':
        this.#askOld(node.foreign, true);
        this.#askOld(node.parents[0], true);
        this.getter(node.foreign);
        this.getter(node.parents[0]);
        break;
      case 'source':
      case 'store':
      case 'step':
      case 'repartition':
      case 'aggregate':
      case 'cogroup':
      case 'tableRepartition':
      case 'joinWindow':
      case 'streamJoin':
      case 'foreignUpdate':
      case 'foreignResolve':
      case 'globalStore':
      case 'globalJoin':
      case 'sink':
      case 'external':
        break;
    }
  }

  sendsOldValues(node: LogicalNode): boolean {
    return this.#old.has(node);
  }

  isKept(node: LogicalNode): boolean {
    return this.#kept.has(node);
  }

  /** Whether the rows that a table sends have a history: its store's, or that of the table it is computed from. */
  isVersioned(table: TableNode): boolean {
    switch (table.kind) {
      case 'tableSource':
      case 'toTable':
      case 'aggregate':
      case 'cogroup':
        return table.store.kind === 'versioned';
      case 'suppress':
        return false;
      case 'tableStep':
        return table.store === null ? this.isVersioned(table.parents[0]) : table.store.kind === 'versioned';
      case 'tableJoin':
        return table.store?.kind === 'versioned';
    }
  }

  /** How to look up a table's rows; makes the nearest table upstream that has to be kept be kept. */
  getter(table: TableNode): ValueGetterSupplier {
    switch (table.kind) {
      case 'tableSource':
      case 'toTable':
        this.#kept.add(table);
        return storedGetter(table.store.name);
      case 'aggregate':
      case 'cogroup':
        return aggregateGetter(table.store);
      case 'suppress':
        return suppressedGetter(table.store.name, this.getter(table.parents[0]));
      case 'tableStep':
        return table.store === null ? table.getter(this.getter(table.parents[0])) : storedGetter(table.store.name);
      case 'tableJoin': {
        if (table.store !== null) return storedGetter(table.store.name);
        const [left, right] = table.parents;
        const needs = { inner: 'both', left: 'left', outer: 'either' } as const;
        return joinedGetter(this.getter(left), this.getter(right), table.joiner, needs[table.type]);
      }
    }
  }

  #askOld(table: TableNode, force: boolean): boolean {
    if (this.#old.has(table)) return true;
    switch (table.kind) {
      case 'tableSource':
      case 'toTable':
        if (!force && !this.#kept.has(table)) return false;
        this.#kept.add(table);
        break;
      case 'tableStep':
        if (table.store === null && !this.#askOld(table.parents[0], force)) return false;
        break;
      case 'tableJoin':
        this.#askOld(table.parents[0], true);
        this.#askOld(table.parents[1], true);
        break;
      case 'suppress':
        this.#askOld(table.parents[0], force);
        break;
      case 'cogroup':
        for (const parent of table.parents) this.#askOld(parent, force);
        break;
      case 'aggregate':
        break;
    }
    this.#old.add(table);
    return true;
  }
}

function aggregateGetter({ kind, name }: StoreDeclaration): ValueGetterSupplier {
  if (kind === 'session') return sessionGetter(name);
  return kind === 'timestampedWindow' ? windowGetter(name) : storedGetter(name);
}

import type { Serde } from '../../core/serde.ts';
import { waitingKeySerde, waitingValuesSerde } from '../../processors/waiting-rows.ts';
import { checkName } from '../names.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';
import type { JoinWindowNode, StreamJoinNode } from '../nodes/stream-join-node.ts';
import type { StreamJoinOptions } from '../options.ts';
import type { KStream } from '../stream.ts';
import type { JoinWindows } from '../join-windows.ts';
import { repartitionForJoin } from './declare-table.ts';
import { shapeOf } from './scope.ts';
import type { Scope, StreamShape } from './scope.ts';

export interface StreamJoinDeclaration<K, V, VO, R> {
  readonly type: StreamJoinNode['type'];
  readonly other: KStream<K, VO>;
  readonly joiner: (value: V | null, other: VO | null, key: K) => R;
  readonly windows: JoinWindows;
  readonly options: StreamJoinOptions<K, V, VO>;
}

const OPERATOR = { inner: 'join', left: 'leftJoin', outer: 'outerJoin' } as const;

/** Joins two streams, each through a topic where its key may have changed. */
export function declareStreamJoin<K, V, VO, R>(
  scope: Scope,
  left: StreamShape<K, V>,
  { type, other, joiner, windows, options }: StreamJoinDeclaration<K, V, VO, R>,
): KStream<K, R> {
  const { graph } = scope;
  const operator = OPERATOR[type];
  const right = shapeOf(scope, other, operator);
  const key = options.key ?? left.key ?? right.key;
  const value = options.value ?? left.value;
  const otherValue = options.otherValue ?? right.value;
  const one = partitioned(scope, left, operator, { key, value }, suffixed(options.name, '-left'));
  const two = partitioned(scope, right, operator, { key, value: otherValue }, suffixed(options.name, '-right'));
  const sources = graph.copartition([...one.sources, ...two.sources]);

  const thisWindowName = graph.nameOr(options.name, 'KSTREAM-WINDOWED-', '-this-windowed');
  const otherWindowName = graph.nameOr(options.name, 'KSTREAM-WINDOWED-', '-other-windowed');
  const thisSuffix = type === 'outer' ? '-outer-this-join' : '-this-join';
  const otherSuffix = type === 'inner' ? '-other-join' : '-outer-other-join';
  const thisGenerated = graph.newName(type === 'outer' ? 'KSTREAM-OUTERTHIS-' : 'KSTREAM-JOINTHIS-');
  const otherGenerated = graph.newName(type === 'inner' ? 'KSTREAM-JOINOTHER-' : 'KSTREAM-OUTEROTHER-');
  const thisName = suffixed(options.name, thisSuffix) ?? thisGenerated;
  const otherName = suffixed(options.name, otherSuffix) ?? otherGenerated;
  const name = graph.nameOr(options.name, 'KSTREAM-MERGE-', '-merge');

  const stores = joinStores(windows, options);
  const window = (node: LogicalNode, windowName: string, store: string, serde: Serde<unknown> | null): JoinWindowNode =>
    graph.append({
      kind: 'joinWindow',
      name: windowName,
      parents: [node],
      store: { ...stores, name: checkName(`${store}-store`), key, value: serde },
    });
  const thisStore = suffixed(options.store, thisSuffix) ?? thisGenerated;
  const otherStore = suffixed(options.store, otherSuffix) ?? otherGenerated;
  const thisWindow = window(one.node, thisWindowName, thisStore, value);
  const otherWindow = window(two.node, otherWindowName, otherStore, otherValue);
  const node = graph.append({
    kind: 'streamJoin',
    type,
    name,
    parents: [one.node, two.node],
    thisName,
    otherName,
    thisWindow,
    otherWindow,
    beforeMs: windows.beforeMs,
    afterMs: windows.afterMs,
    graceMs: windows.graceMs,
    joiner: joiner as (value: unknown, other: unknown, key: unknown) => unknown,
    waiting: type === 'inner' ? null : waitingStore(type, thisGenerated, options, { key, value, otherValue }),
  });
  return scope.stream<K, R>({ node, name, key, value: null, sources, rekeyed: false });
}

function suffixed(name: string | undefined, suffix: string): string | undefined {
  return name === undefined ? undefined : checkName(name + suffix);
}

function partitioned<K, V>(
  scope: Scope,
  shape: StreamShape<K, V>,
  operator: string,
  serdes: { readonly key: Serde<K> | null; readonly value: Serde<V> | null },
  name: string | undefined,
): { readonly node: LogicalNode; readonly sources: readonly string[] } {
  if (!shape.rekeyed) return shape;
  const node = repartitionForJoin(scope, { ...shape, ...serdes }, operator, name === undefined ? {} : { name });
  return { node, sources: [node.name] };
}

type StoreChoice = Pick<StreamJoinOptions<unknown, unknown, unknown>, 'store' | 'persistent' | 'logged' | 'logConfig'>;

function joinStores(
  windows: JoinWindows,
  { persistent = true, logged = true, logConfig = {} }: StoreChoice,
): Omit<StoreDeclaration, 'name' | 'key' | 'value'> {
  const windowSizeMs = windows.beforeMs + windows.afterMs;
  return {
    queryable: false,
    kind: 'timestampedWindow',
    persistent,
    cached: false,
    logged,
    logConfig,
    retentionMs: windowSizeMs + windows.graceMs,
    windowSizeMs,
    retainDuplicates: true,
  };
}

function waitingStore(
  type: 'left' | 'outer',
  thisGenerated: string,
  { store, persistent = true, logged = true, logConfig = {} }: StoreChoice,
  serdes: Record<'key' | 'value' | 'otherValue', Serde<unknown> | null>,
): StoreDeclaration {
  const { key, value, otherValue } = serdes;
  const named = suffixed(store, type === 'outer' ? '-outer-shared-join' : '-left-shared-join');
  const name = named ?? thisGenerated.replace(/^KSTREAM-[A-Z]+-/, 'KSTREAM-OUTERSHARED-');
  return {
    name: `${name}-store`,
    queryable: false,
    kind: 'keyValue',
    key: key === null ? null : waitingKeySerde(key),
    value: value === null || otherValue === null ? null : waitingValuesSerde(value, otherValue),
    persistent,
    cached: false,
    logged,
    logConfig,
    retentionMs: null,
    windowSizeMs: null,
  };
}

import { dedupeStore } from '../../processors/dedupe-store.ts';
import { dedupeProcessor } from '../../processors/dedupe.ts';
import { inFlightStore } from '../../processors/in-flight-store.ts';
import { mapAsyncProcessor } from '../../processors/map-async.ts';
import type { AsyncMapper, DedupeOptions, MapAsyncOptions } from '../../processors/options.ts';
import { checkName } from '../names.ts';
import type { KStream } from '../stream.ts';
import { declareStep } from './declare-step.ts';
import { needSerde } from './need-serde.ts';
import type { Scope, StreamShape } from './scope.ts';

/** Appends a call of an async function, with the store of what is in flight at a commit. */
export function declareMapAsync<K, V, R>(
  scope: Scope,
  shape: StreamShape<K, V>,
  mapper: AsyncMapper<K, V, R>,
  options: MapAsyncOptions<K, V, R>,
): KStream<K, R> {
  const name = scope.graph.nameOr(options.name, 'KSTREAM-MAPASYNC-');
  const what = `mapAsync (${name})`;
  const key = needSerde(options.key ?? shape.key, what, 'keys', 'mapAsync', 'key');
  const value = needSerde(options.value ?? shape.value, what, 'values', 'mapAsync', 'value');
  const store = checkName(`${name}-in-flight`);
  const node = declareStep(scope.graph, {
    operator: 'mapAsync',
    name,
    parents: [shape.node],
    supplier: mapAsyncProcessor(mapper, options, store),
    owns: [inFlightStore(store, key, value)],
    stateless: false,
  });
  return scope.stream<K, R>({ ...shape, node, name, key, value: null });
}

/** Appends a step that drops what it saw before. */
export function declareDedupe<K, V>(
  scope: Scope,
  shape: StreamShape<K, V>,
  options: DedupeOptions<K, V>,
): KStream<K, V> {
  const name = scope.graph.nameOr(options.name, 'KSTREAM-DEDUPE-');
  const store = checkName(options.store ?? `${name}-seen`);
  const node = declareStep(scope.graph, {
    operator: 'dedupe',
    name,
    parents: [shape.node],
    supplier: dedupeProcessor(options, store),
    owns: [dedupeStore(store)],
    stateless: false,
  });
  return scope.stream({ ...shape, node, name });
}

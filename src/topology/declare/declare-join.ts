import type { GlobalKTable } from '../global-table.ts';
import type { JoinWindows } from '../join-windows.ts';
import type { KStream } from '../stream.ts';
import type { KTable } from '../table.ts';
import { declareGlobalJoin } from './declare-global.ts';
import { declareStreamJoin } from './declare-stream-join.ts';
import { declareJoin } from './declare-table.ts';
import type { Scope, StreamShape } from './scope.ts';

/** A function of the application whose types the interface has checked. */
export type AnyFunction = (...given: never[]) => unknown;

/** What `join` and `leftJoin` of a stream take: a global table, another stream, or a table. */
export type JoinArguments = readonly [other: object, first: AnyFunction, second?: unknown, options?: unknown];

type Joiner<V, VO, K, R> = (value: V | null, other: VO | null, key: K) => R;

/** Tells the three forms apart: only a global table comes with two functions, only a stream with windows. */
export function declareAnyJoin<K, V, R>(
  scope: Scope,
  shape: StreamShape<K, V>,
  type: 'inner' | 'left',
  [other, first, second, options]: JoinArguments,
): KStream<K, R> {
  const left = type === 'left';
  if (typeof second === 'function') {
    return declareGlobalJoin(scope, shape, {
      table: other as GlobalKTable<unknown, unknown>,
      keyOf: first as (value: V, key: K) => unknown,
      joiner: second as Joiner<V, unknown, K, R>,
      left,
      options: options ?? {},
    });
  }
  const joiner = first as Joiner<V, unknown, K, R>;
  if (isWindows(second)) {
    return declareStreamJoin(scope, shape, {
      type,
      other: other as KStream<K, unknown>,
      joiner,
      windows: second,
      options: options ?? {},
    });
  }
  const table = other as KTable<K, unknown>;
  return declareJoin(scope, shape, table, joiner, left, second ?? {});
}

function isWindows(given: unknown): given is JoinWindows {
  return typeof given === 'object' && given !== null && 'kind' in given && given.kind === 'join';
}

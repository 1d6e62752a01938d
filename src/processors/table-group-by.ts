import type { Serde } from '../core/serde.ts';
import { Change } from './change.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { sameKey } from './same-key.ts';
import { unready } from './unready.ts';

/**
 * Regroups the rows of a table: the old row is taken from its group before the new one is added to its own. When both
 * belong to the same group they travel as one change. A null key or value skips its half.
 */
export function tableGroupBy<K, V, KR, VR>(
  mapper: (value: V, key: K) => readonly [KR, VR],
  keySerde: Serde<KR>,
): ProcessorSupplier<K, Change<V>, KR, Change<VR>> {
  return () => {
    let forward: Forward<KR, Change<VR>> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, change, record) {
        // KIP-914: an aggregate is of the rows as they are, not of what a versioned table was told too late.
        if (!change.latest) return;
        const added = change.newValue === null ? null : whole(mapper(change.newValue, key));
        const removed = change.oldValue === null ? null : whole(mapper(change.oldValue, key));
        if (removed !== null && added !== null && sameKey(removed[0], added[0], keySerde)) {
          forward(removed[0], new Change(added[1], removed[1]), record);
          return;
        }
        if (removed !== null) forward(removed[0], new Change<VR>(null, removed[1]), record);
        if (added !== null) forward(added[0], new Change<VR>(added[1], null), record);
      },
    };
  };
}

function whole<KR, VR>(pair: readonly [KR, VR]): readonly [KR, VR] | null {
  return (pair[0] ?? null) === null || (pair[1] ?? null) === null ? null : pair;
}

import type { Backing } from './backing.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';
import type { StoreSpec } from './store-spec.ts';
import type { StateIdentity } from './task-state.ts';

/** Raised when what is on disk changes its meaning; older state is then wiped and restored. */
export const STATE_FORMAT = 1;

/** What a database says about itself. */
export interface StateMeta {
  readonly format: number;
  readonly clusterId: string;
  readonly stores: Readonly<Record<string, StoreMeta>>;
}

export interface StoreMeta {
  /** The first two bytes of the store's keys; 0 is this page of the database. */
  readonly number: number;
  readonly kind: StoreSpec['kind'];
  readonly changelogId: string | null;
}

/** What stands under number 0: the meta data, and for each store its position, its stream time, a mark of a wipe under way. */
export type MetaEntry = 'position' | 'time' | 'wiping';

export const META_KEY = Buffer.from('\0\0meta', 'latin1');

export function metaKey(entry: MetaEntry, store: string): Buffer {
  return Buffer.from(`\0\0${entry}/${store}`, 'latin1');
}

/** null: the database is new. */
export function readMeta(backing: Backing): StateMeta | null {
  return parseMeta(backing.get(META_KEY));
}

/** null where there is nothing; what cannot be read is of a format that does not exist. */
export function parseMeta(bytes: Buffer | undefined): StateMeta | null {
  if (bytes === undefined) return null;
  try {
    return JSON.parse(bytes.toString()) as StateMeta;
  } catch {
    return { format: -1, clusterId: '', stores: {} };
  }
}

export async function writeMeta(backing: Backing, meta: StateMeta): Promise<void> {
  const batch = backing.batch();
  batch.put(META_KEY, Buffer.from(JSON.stringify(meta)));
  await batch.write();
}

export function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  writeInt64(bytes, value, 0);
  return bytes;
}

export function readNumber(backing: Backing, key: Buffer): number | undefined {
  const bytes = backing.get(key);
  return bytes === undefined ? undefined : readInt64(bytes, 0);
}

/** What to do with a database before it is used. */
export interface MetaVerdict {
  readonly meta: StateMeta;
  /** Everything is of no use, and why. */
  readonly wipeAll: string | null;
  /** Stores whose content is of no use, and why. */
  readonly wipe: ReadonlyMap<string, string>;
}

/** Compares what is on disk with what is asked for. An id that either side does not know is no mismatch. */
export function judgeMeta(found: StateMeta | null, identity: StateIdentity, specs: readonly StoreSpec[]): MetaVerdict {
  let wipeAll: string | null = null;
  if (found !== null && found.format !== STATE_FORMAT) {
    wipeAll = `its format is ${found.format}, this version writes ${STATE_FORMAT}`;
  } else if (found !== null && found.clusterId !== identity.clusterId) {
    wipeAll = `it belongs to cluster ${found.clusterId}, this is ${identity.clusterId}`;
  }
  const before = found === null || wipeAll !== null ? {} : found.stores;
  const stores: Record<string, StoreMeta> = { ...before };
  const wipe = new Map<string, string>();
  let next = Math.max(0, ...Object.values(before).map((store) => store.number)) + 1;
  for (const spec of specs) {
    const known = before[spec.name];
    const changelogId = identity.changelogIds[spec.name] ?? null;
    if (known !== undefined && known.kind !== spec.kind) {
      wipe.set(spec.name, `it is a ${known.kind} store, now a ${spec.kind} store is asked for`);
    } else if (known !== undefined && changelogId !== null && (known.changelogId ?? changelogId) !== changelogId) {
      wipe.set(spec.name, 'its changelog topic was made anew');
    }
    const number = known?.number ?? next++;
    stores[spec.name] = { number, kind: spec.kind, changelogId: changelogId ?? known?.changelogId ?? null };
  }
  return { meta: { format: STATE_FORMAT, clusterId: identity.clusterId, stores }, wipeAll, wipe };
}

import type { Backing } from './backing.ts';
import { metaKey } from './meta.ts';
import { storePrefix } from './store-prefix.ts';

const WIPE_STEP = 50_000;

/** Deletes all of a store. Marked as under way, so that an open after a crash finishes it instead of using the rest. */
export async function wipeStore(backing: Backing, store: string, number: number): Promise<void> {
  const begin = backing.batch();
  begin.put(metaKey('wiping', store), Buffer.from([1]));
  begin.delete(metaKey('position', store));
  begin.delete(metaKey('time', store));
  await begin.write();
  await deleteNumbers(backing, number, number + 1);
  const end = backing.batch();
  end.delete(metaKey('wiping', store));
  await end.write();
}

/** Deletes everything, what it says about itself first. */
export async function wipeAll(backing: Backing): Promise<void> {
  await deleteNumbers(backing, 0, 0xffff);
}

async function deleteNumbers(backing: Backing, from: number, to: number): Promise<void> {
  while (await backing.deleteRange(storePrefix(from), storePrefix(to), WIPE_STEP));
}

import { fileURLToPath } from 'node:url';
import { StreamsError } from '../../core/errors.ts';
import type { LakeStore } from './lake-store.ts';
import { localLake } from './local.ts';

/** The store whose root is this path or `file:` URL. @throws CONFIG_INVALID for a service that needs a store of its own */
export function openLake(uri: string): LakeStore {
  if (uri.startsWith('file:')) return localLake(fileURLToPath(uri));
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(uri)?.[1];
  if (scheme === undefined) return localLake(uri);
  throw new StreamsError('CONFIG_INVALID', `cannot open ${scheme}:// by itself: give the store in the option \`lake\``);
}

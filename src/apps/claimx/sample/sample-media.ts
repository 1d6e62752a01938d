import type { Random } from '../../shared/sample/random.ts';
import { createFile } from '../../shared/sample/sample-file.ts';
import type { WorldMedia } from './world.ts';

/** `mayFail`: see {@link createFile}. */
export function createMedia(random: Random, projectId: string, atMs: number, mayFail: boolean): WorldMedia {
  const file = createFile(random, mayFail);
  return {
    mediaId: `m-${random.hex(12)}`,
    projectId,
    takenAt: new Date(atMs - random.int(0, 3_600_000)).toISOString(),
    ...file,
  };
}

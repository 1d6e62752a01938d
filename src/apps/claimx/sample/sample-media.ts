import type { Random } from '../../shared/sample/random.ts';
import { createFile, type FileFaults } from '../../shared/sample/sample-file.ts';
import type { WorldMedia } from './world.ts';

export function createMedia(random: Random, projectId: string, atMs: number, options: FileFaults): WorldMedia {
  const file = createFile(random, options);
  return {
    mediaId: `m-${random.hex(12)}`,
    projectId,
    takenAt: new Date(atMs - random.int(0, 3_600_000)).toISOString(),
    ...file,
  };
}

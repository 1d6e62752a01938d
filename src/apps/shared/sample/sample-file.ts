import type { SampleFaults } from '../../../runtime/define-app.ts';
import type { Random } from './random.ts';
import type { FileFate, SampleFile } from './simulated-files.ts';

const KINDS = [
  { extension: 'jpg', contentType: 'image/jpeg', share: 0.7 },
  { extension: 'pdf', contentType: 'application/pdf', share: 0.12 },
  { extension: 'mp4', contentType: 'video/mp4', share: 0.08 },
  { extension: 'heic', contentType: 'image/heic', share: 0.06 },
  { extension: 'txt', contentType: 'text/plain', share: 0.04 },
] as const;

/** The largest file that the sample's downloader accepts. */
export const MAX_FILE_BYTES = 60 << 20;

export interface FileFaults {
  /** Some of these files cannot be had. Links that have expired, and slow files, are found everywhere. */
  readonly mayFail: boolean;
  readonly faults: SampleFaults | undefined;
}

export function createFile(random: Random, options: FileFaults): SampleFile {
  const fate = fileFate(random, options);
  const kind = pickKind(random);
  const name = `${random.pick(['IMG', 'DSC', 'Scan', 'Déclaration', 'photo of roof'])} ${random.int(1, 9999)}`;
  return {
    fileName: fate === 'bad-type' ? `${name}.exe` : `${name}.${kind.extension}`,
    contentType: fate === 'bad-type' ? 'application/x-msdownload' : kind.contentType,
    sizeBytes: fate === 'oversized' ? MAX_FILE_BYTES + size(random) : size(random),
    fate,
  };
}

function pickKind(random: Random): (typeof KINDS)[number] {
  let at = random.next();
  for (const kind of KINDS) {
    at -= kind.share;
    if (at < 0) return kind;
  }
  return KINDS[0];
}

/** Mostly small photos, some of a few MB, and one in two thousand above the 50 MB from which nothing may be held in memory. */
function size(random: Random): number {
  const at = random.next();
  if (at < 0.0005) return random.int(51 << 20, 54 << 20);
  if (at < 0.01) return random.int(1 << 20, 3 << 20);
  return random.int(500, 40_000);
}

function fileFate(random: Random, { mayFail, faults }: FileFaults): FileFate {
  const at = random.next();
  if (faults === 'none') return 'fine';
  if (at < 0.04) return 'expired-link';
  if (faults === 'standard' && at >= 0.98) return 'slow';
  if (!mayFail) return 'fine';
  if (at < 0.045) return 'forbidden';
  if (at < 0.055) return 'gone';
  if (at < 0.06) return 'foreign-host';
  if (at < 0.065) return 'private-address';
  if (at < 0.075) return 'bad-type';
  if (faults === 'standard' && at < 0.08) return 'oversized';
  return 'fine';
}

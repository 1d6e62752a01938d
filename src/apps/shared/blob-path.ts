import { createHash } from 'node:crypto';

const MAX_NAME = 100;

/**
 * The path of a file in the lake, `<project>/<kind>/<id>/<file name>`: the same for the same four, different where any of
 * them differs, and safe whatever they hold: no `..`, no separators, no control characters, no names that Windows or the
 * lake treat specially, at most 100 characters each. A part that had to be changed gets a hash of what it was, so two
 * names never meet.
 */
export function blobPath(projectId: string, kind: string, id: string, fileName: string): string {
  return [projectId, kind, id, fileName === '' ? 'file' : fileName].map(safeName).join('/');
}

/** One part of a path. */
export function safeName(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && /^\.[A-Za-z0-9]{1,16}$/.test(name.slice(dot)) ? name.slice(dot) : '';
  const stem = extension === '' ? name : name.slice(0, dot);
  const clean = stem
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '_')
    .replaceAll(/\.{2,}/g, '.')
    .replaceAll(/^[._-]+|[._-]+$/g, '')
    .slice(0, MAX_NAME - extension.length);
  const fits = Buffer.byteLength(clean) + extension.length <= MAX_BYTES;
  if (clean === stem && clean !== '' && fits && !RESERVED.test(clean)) return clean + extension;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  // By code points: half of a surrogate pair is no character.
  const start = Array.from(clean).slice(0, 40).join('');
  const changed = `${start}${start === '' ? '' : '-'}${hash}${extension}`;
  return RESERVED.test(changed) ? `x-${changed}` : changed;
}

/** File systems take 255 bytes for a name; this leaves room for the names of temporary files. */
const MAX_BYTES = 200;

/** Device names of Windows, with or without an extension; raised digits count as digits there. */
const RESERVED = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(\.|$)/i;

import { createHash } from 'node:crypto';
import { readPresignedUrl } from '../../http/presigned-url.ts';
import { sanitizeUrl } from '../../http/sanitize-url.ts';

/** What a link tells of the file that it leads to. Any text is one: what cannot be fetched is for the download to say. */
export interface AttachmentLink {
  /** The same for the same file however its link is signed; only of a presigned link the query does not count. */
  readonly id: string;
  /** Fit for tables: no query, since signatures live there, and no credentials. */
  readonly shown: string;
  /** The last part of the path; the empty text where there is none. */
  readonly fileName: string;
}

export function readAttachmentLink(link: string): AttachmentLink {
  const identity = readPresignedUrl(link).style === 'none' ? link : sanitizeUrl(link);
  return {
    id: createHash('sha256').update(identity).digest('hex').slice(0, 16),
    shown: shownLink(link),
    fileName: fileNameOf(link),
  };
}

/** See {@link AttachmentLink}. */
export function shownLink(link: string): string {
  return sanitizeUrl(link).replace(/\?…$/, '');
}

function fileNameOf(link: string): string {
  try {
    return decodeURIComponent(new URL(link).pathname.split('/').at(-1) ?? '');
  } catch {
    return '';
  }
}

import { sanitizeUrl } from '../../http/sanitize-url.ts';

/** A link fit for tables: no query, since signatures live there, and no credentials. */
export function shownLink(link: string): string {
  return sanitizeUrl(link).replace(/\?…$/, '');
}

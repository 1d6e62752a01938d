import { messageOf } from '../../core/errors.ts';
import { HttpError } from '../../http/errors.ts';
import type { FailureClass } from '../../processors/options.ts';

/** The categories of the dead letters' schemas. */
export type DeadLetterCategory = 'transient' | 'permanent' | 'auth' | 'circuit_open' | 'exhausted' | 'unknown';

/** What a dead letter says about its error, for people: no credentials, no signed URLs, at most 2,000 characters. */
export interface DeadLetterReason {
  readonly error_category: DeadLetterCategory;
  readonly error: string;
  readonly http_status: number | null;
}

const MAX_TEXT = 2000;

/** Errors without a word on it are mistakes of this application or of its data: no later try mends them. */
export function classifyFailure(error: unknown): FailureClass {
  return isRetriable(error) ? 'transient' : 'permanent';
}

export function deadLetterReason(error: unknown): DeadLetterReason {
  const text = hideQueries(messageOf(error));
  return {
    error_category: categoryOf(error),
    error: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text,
    http_status: error instanceof HttpError ? (error.status ?? null) : null,
  };
}

function categoryOf(error: unknown): DeadLetterCategory {
  // A retriable error reaches the dead letter only when no try is left.
  if (isRetriable(error)) return 'exhausted';
  if (!(error instanceof HttpError)) return 'unknown';
  return error.status === 401 || error.status === 403 ? 'auth' : 'permanent';
}

function isRetriable(error: unknown): boolean {
  return error instanceof Error && 'retriable' in error && error.retriable === true;
}

/** What an error is, for counting: as it came, whether tries are left or not. */
export function failureCategory(error: unknown): string {
  if (error instanceof HttpError) return error.kind.replace('-', '_');
  return isRetriable(error) ? 'transient' : 'unknown';
}

/** Presigned URLs are passwords. */
function hideQueries(text: string): string {
  return text.replaceAll(/(https?:\/\/[^\s?#]+)[?#]\S*/g, '$1?…');
}

/** How the way of a thing ended that was given up. */
export function failedStatus(category: DeadLetterCategory): 'failed_transient' | 'failed_permanent' {
  return category === 'exhausted' ? 'failed_transient' : 'failed_permanent';
}

/**
 * Whether trying again may help: every error but those that say `retriable: false`. Errors of other libraries say
 * nothing; most of what an async call throws (a connection reset, a timeout) is worth a second try.
 */
export function isTransient(error: unknown): boolean {
  return !(typeof error === 'object' && error !== null && 'retriable' in error && error.retriable === false);
}

/**
 * What a failed HTTP exchange means for the one who made it.
 *
 * - `transient`: network, time limit, 408, 425, 429, 5xx: the same request may succeed later.
 * - `auth`: the service does not accept the credentials (401, 403 of an API): retriable, since tokens are renewed outside.
 * - `expired`: a presigned URL is past its time or refused (403 of a file host): retriable with a fresh URL only.
 * - `circuit-open`: not sent, because the breaker is open: retriable.
 * - `permanent`: the request is wrong, the thing is not there, or policy forbids it: never retried.
 */
export type HttpFailure = 'transient' | 'auth' | 'expired' | 'circuit-open' | 'permanent';

export interface HttpErrorOptions {
  /** Status code of the answer, where there was one. */
  readonly status?: number;
  /** Already sanitised: no query, no credentials. */
  readonly url?: string;
  /** What the server asked for in `Retry-After`, in ms. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Every error that leaves this folder. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly kind: HttpFailure;
  readonly status: number | undefined;
  readonly url: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: HttpFailure, message: string, options: HttpErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.status = options.status;
    this.url = options.url;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether another try may succeed; an `expired` one only with a fresh URL. */
  get retriable(): boolean {
    return this.kind !== 'permanent';
  }
}

const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504, 507, 509, 529]);

/** Total: every status has a class. 2xx and 3xx have no business here and count as permanent. */
export function classifyStatus(status: number): HttpFailure {
  if (TRANSIENT_STATUSES.has(status)) return 'transient';
  if (status === 401 || status === 403) return 'auth';
  // 501 and 505 say that the server never will; other 5xx of proxies are worth another try.
  if (status >= 500 && status !== 501 && status !== 505) return 'transient';
  return 'permanent';
}

/** Codes of Node and undici that say: the network or this machine, not the request. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_ABORTED',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'ENOSPC',
  'EMFILE',
  'ENFILE',
  'EIO',
  'EBUSY',
]);

/** Codes of TLS that no retry mends. */
const TLS_CODES = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_)/;

/** Turns whatever a request threw into an {@link HttpError}. Never throws. */
export function toHttpError(error: unknown, url?: string): HttpError {
  const known = findHttpError(error);
  if (known !== null) return known;
  const where = url === undefined ? {} : { url };
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const message = url === undefined ? text : `${text} (${url})`;
  if (code !== null && TLS_CODES.test(code)) return new HttpError('permanent', message, { ...where, cause: error });
  if (code !== null && TRANSIENT_CODES.has(code))
    return new HttpError('transient', message, { ...where, cause: error });
  if (
    error instanceof Error &&
    (error.name === 'TimeoutError' || error.name === 'AbortError' || saysRetriable(error))
  ) {
    return new HttpError('transient', message, { ...where, cause: error });
  }
  return new HttpError('permanent', message, { ...where, cause: error });
}

/** The {@link HttpError} in a chain of causes: undici wraps what a `lookup` of ours raised. */
function findHttpError(error: unknown): HttpError | null {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if (current instanceof HttpError) return current;
    current = current.cause;
  }
  return null;
}

/** The reason of an aborted signal may be an error of another part of the library. */
function saysRetriable(error: Error): boolean {
  return 'retriable' in error && error.retriable === true;
}

function codeOf(error: unknown): string | null {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    current = current.cause;
  }
  return null;
}

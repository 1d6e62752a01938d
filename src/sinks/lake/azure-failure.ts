import { messageOf, StreamsError } from '../../core/errors.ts';
import { parseRetryAfter } from '../../http/retry.ts';

/** What one request to the storage ended with, for those who decide whether to send it again. */
export class AzureFailure extends Error {
  override readonly name = 'AzureFailure';
  /** null where no answer came. */
  readonly status: number | null;
  /** The service's own name of the error, such as `PathAlreadyExists`; empty where it gave none. */
  readonly code: string;
  /** Whether the same request may succeed later. It may also have been carried out: its answer was lost then. */
  readonly retriable: boolean;
  readonly retryAfterMs: number | undefined;

  /** @param error only its message is kept: errors of the Azure libraries carry the request, with its token. */
  constructor(error: unknown, status: number | null, code: string, retryAfterMs?: number) {
    super(firstLine(messageOf(error)));
    this.status = status;
    this.code = code;
    this.retriable = status === null || TRANSIENT.has(status) || BUSY.has(code);
    this.retryAfterMs = retryAfterMs;
  }
}

const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);
/** Conflicts that pass by themselves. */
const BUSY = new Set([
  'DestinationPathIsBeingDeleted',
  'SourcePathIsBeingDeleted',
  'PathIsBeingDeleted',
  'FilesystemBeingDeleted',
  'OperationTimedOut',
]);
/** Codes of Node and of the Azure libraries that say: the network. */
const NETWORK =
  /^(REQUEST_SEND_ERROR|PARSE_ERROR|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|ABORT_ERR)$/;

/** Total: whatever a call of the Azure libraries threw. What is no affair of the storage (the caller's own stream) stays as it is. */
export function toAzureFailure(error: unknown, nowMs: number): unknown {
  if (!(error instanceof Error) || error instanceof AzureFailure || error instanceof StreamsError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if ('statusCode' in error && typeof error.statusCode === 'number') {
    return new AzureFailure(error, error.statusCode, code, retryAfterOf(error, nowMs));
  }
  const timedOut = error.name === 'AbortError' || error.name === 'TimeoutError';
  return timedOut || error.name === 'RestError' || NETWORK.test(code) ? new AzureFailure(error, null, code) : error;
}

/**
 * The error for the one who asked.
 *
 * - LAKE_UNAVAILABLE, retriable: no answer, or the service is busy or broken.
 * - AUTH_FAILED: 401 and 403, with what to do.
 * - LAKE_UNAVAILABLE, not retriable: it refuses the request itself.
 */
export function toStreamsError(failure: AzureFailure, what: string): StreamsError {
  const { status, code, retriable, message } = failure;
  const answer = status === null ? 'no answer' : `${status}${code === '' ? '' : ` ${code}`}`;
  const text = `cannot ${what}: ${answer} (${message})`;
  if (status === 401 || status === 403) {
    return new StreamsError('AUTH_FAILED', `${text}. To do: ${adviceFor(status, code)}`, { cause: failure });
  }
  const hint =
    code === 'FilesystemNotFound' || code === 'ContainerNotFound' ? '. To do: create it, or correct its name' : '';
  return new StreamsError('LAKE_UNAVAILABLE', text + hint, { cause: failure, retriable });
}

function adviceFor(status: number, code: string): string {
  if (status === 401) return 'check azure.credential and its tenant: the service does not know this identity';
  if (code === 'AuthorizationFailure') return 'check the firewall of the account, then the role of this identity';
  return (
    'give this identity the role Storage Blob Data Contributor on the account or container, ' +
    'or in OneLake the role Contributor in the workspace'
  );
}

function retryAfterOf(error: Error, nowMs: number): number | undefined {
  const response = 'response' in error ? (error.response as { headers?: HeadersOfAnswer } | undefined) : undefined;
  return parseRetryAfter(response?.headers?.get('retry-after'), nowMs);
}

interface HeadersOfAnswer {
  get(name: string): string | undefined;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

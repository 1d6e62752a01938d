import type { TokenSource } from '../../azure/access-token.ts';
import { messageOf, StreamsError } from '../../core/errors.ts';
import { type BreakerOptions, createBreaker } from '../../http/breaker.ts';
import { createHttpClient, type HttpResponse } from '../../http/client.ts';
import { classifyStatus, HttpError } from '../../http/errors.ts';
import { parseRetryAfter, retry, type RetryPolicy } from '../../http/retry.ts';
import { failureOf, type KustoRow, rowsOf } from './kusto-answer.ts';

export interface KustoOptions {
  /** `https://<name>.<region>.kusto.windows.net`, or an Eventhouse's `https://….kusto.fabric.microsoft.com`. */
  readonly cluster: string;
  readonly database: string;
  readonly credential: TokenSource;
  /** For one query, in ms (default 120,000); the service is told too. */
  readonly timeoutMs?: number;
  /** Bytes of one answer (default 128 MiB; the service's own limit is 64 MB). */
  readonly maxAnswerBytes?: number;
  readonly retry?: Pick<RetryPolicy, 'attempts' | 'baseMs' | 'maxMs' | 'sleep'>;
  readonly breaker?: Pick<BreakerOptions, 'failureThreshold' | 'resetMs' | 'onStateChange'>;
}

/** Sends queries to one database. */
export interface KustoClient {
  /**
   * The rows of a query.
   *
   * @throws AnswerTooLarge
   * @throws SOURCE_UNAVAILABLE (retriable) after all tries, and while the circuit is open
   * @throws SOURCE_REFUSED for a query that is wrong, AUTH_FAILED with what to do
   */
  query(kql: string, signal: AbortSignal): Promise<KustoRow[]>;
  close(): Promise<void>;
}

/** @throws CONFIG_INVALID */
export function kustoClient(options: KustoOptions): KustoClient {
  const { database, credential, timeoutMs = 120_000, maxAnswerBytes = 128 << 20 } = options;
  const cluster = clusterOf(options.cluster);
  const http = createHttpClient({ connectionsPerHost: 2, headersTimeoutMs: timeoutMs, bodyTimeoutMs: timeoutMs });
  const breaker = createBreaker({ name: `kusto ${cluster.host}`, ...options.breaker });

  const ask = async (kql: string, signal: AbortSignal): Promise<KustoRow[]> => {
    const { token } = await credential.getToken(`${cluster.origin}/.default`);
    const response = await http.send(`${cluster.origin}/v2/rest/query`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json; charset=utf-8',
        accept: 'application/json',
        'x-ms-app': 'topology-streams',
      },
      body: JSON.stringify({ db: database, csl: kql, properties: { Options: optionsOf(timeoutMs) } }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.status !== 200) throw await refusalOf(response);
    return rowsOf(await response.text(maxAnswerBytes));
  };
  return {
    query: async (kql, signal) => {
      try {
        return await retry(() => breaker.run(() => ask(kql, signal)), { ...options.retry, signal });
      } catch (error) {
        throw signal.aborted ? error : ofThePort(error, `${cluster.origin}, database ${database}`);
      }
    },
    close: async () => {
      breaker.close();
      await http.close();
    },
  };
}

/** Plain tables, whole or not at all. Strong consistency: a weak one may show an older state after a newer one. */
function optionsOf(timeoutMs: number): Readonly<Record<string, unknown>> {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const servertimeout = [hours, minutes, seconds % 60].map((part) => String(part).padStart(2, '0')).join(':');
  return {
    servertimeout,
    queryconsistency: 'strongconsistency',
    results_progressive_enabled: false,
    error_reporting_placement: 'end_of_dataset',
    request_readonly: true,
  };
}

async function refusalOf(response: HttpResponse): Promise<Error> {
  const { status } = response;
  const text = await response.text(1 << 20).catch(() => '');
  const kind = classifyStatus(status);
  if (kind === 'permanent') {
    try {
      return failureOf(JSON.parse(text) as Parameters<typeof failureOf>[0]);
    } catch {
      return new StreamsError('SOURCE_REFUSED', `the service answered ${status}`);
    }
  }
  const retryAfterMs = parseRetryAfter(response.header('retry-after'), Date.now());
  const more = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return new HttpError(kind, `the service answered ${status}`, more);
}

function ofThePort(error: unknown, where: string): unknown {
  if (error instanceof StreamsError) {
    return new StreamsError(error.code, `${where}: ${error.message}`, { cause: error, retriable: error.retriable });
  }
  if (!(error instanceof HttpError)) return error;
  if (error.kind !== 'auth') {
    const text = `${where}: ${messageOf(error)}`;
    return new StreamsError('SOURCE_UNAVAILABLE', text, { cause: error, retriable: error.retriable });
  }
  const advice = 'give this identity the role Viewer of the database, and check azure.credential and its tenant';
  return new StreamsError('AUTH_FAILED', `${where}: ${messageOf(error)}. To do: ${advice}`, { cause: error });
}

function clusterOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const local = url !== null && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'https:' || (local && url?.protocol === 'http:')) return url;
  // The token goes with each query: nobody may listen.
  throw new StreamsError('CONFIG_INVALID', 'the cluster of Kusto is not an https: address');
}

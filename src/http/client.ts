import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type * as undici from 'undici';
import { HttpError, toHttpError } from './errors.ts';
import { sanitizeUrl } from './sanitize-url.ts';

export interface HttpClientOptions {
  /** Connections for each host, kept alive (default 20). */
  readonly connectionsPerHost?: number;
  /** For a new connection, TLS included, in ms (default 10,000). */
  readonly connectTimeoutMs?: number;
  /** From the request to the end of the answer's headers, in ms (default 30,000). */
  readonly headersTimeoutMs?: number;
  /** Between two pieces of a body, in ms (default 30,000). */
  readonly bodyTimeoutMs?: number;
  /** Resolves names; give a policy's `lookup` for addresses that others chose. Default: the system's. */
  readonly lookup?: LookupFunction;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** One header, by its lower-case name; the first where it repeats. */
  header(name: string): string | undefined;
  /** Must be read to the end or discarded, or its connection is not used again. */
  readonly body: Readable;
  /** The body as text. @throws HttpError `permanent` above `maxBytes` (default 16 MiB) */
  text(maxBytes?: number): Promise<string>;
  /** Reads what is left (up to a limit) or cuts the connection, so that the pool is healthy. */
  discard(): Promise<void>;
}

/** Pooled HTTP/1.1 over undici, which is loaded at the first request: it takes 18 MB. TLS certificates are always verified; redirects are never followed here. */
export interface HttpClient {
  /** @throws HttpError when no answer came; any status that came is an answer */
  send(url: URL | string, request?: HttpRequest): Promise<HttpResponse>;
  /** Waits for what runs, then closes the pool. */
  close(): Promise<void>;
}

export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  let opening: Promise<Pool> | null = null;
  let closed = false;
  return {
    send: async (url, { method = 'GET', headers = {}, body, signal } = {}) => {
      try {
        const { agent, request } = await (opening ??= openPool(options));
        // Refuses what comes after `close`, also when it was opened for that only.
        if (closed && !agent.closed) await agent.close();
        const answer = await request(url, {
          dispatcher: agent,
          method,
          headers,
          ...(body === undefined ? {} : { body }),
          ...(signal === undefined ? {} : { signal }),
        });
        const shown = sanitizeUrl(url);
        return {
          status: answer.statusCode,
          header: (name) => first(answer.headers[name]),
          body: answer.body,
          text: (maxBytes = 16 << 20) => readText(answer.body, maxBytes, shown),
          discard: async () => {
            await answer.body.dump({ limit: 64 << 10 }).catch(() => undefined);
          },
        };
      } catch (error) {
        throw toHttpError(error, sanitizeUrl(url));
      }
    },
    close: async () => {
      closed = true;
      const pool = await opening;
      if (pool !== null && !pool.agent.closed) await pool.agent.close();
    },
  };
}

interface Pool {
  readonly agent: undici.Agent;
  readonly request: typeof undici.request;
}

async function openPool(options: HttpClientOptions): Promise<Pool> {
  const { Agent, request } = await import('undici');
  const agent = new Agent({
    connections: options.connectionsPerHost ?? 20,
    headersTimeout: options.headersTimeoutMs ?? 30_000,
    bodyTimeout: options.bodyTimeoutMs ?? 30_000,
    connect: {
      timeout: options.connectTimeoutMs ?? 10_000,
      ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    },
  });
  return { agent, request };
}

function first(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

async function readText(body: Readable, maxBytes: number, url: string): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes) {
        throw new HttpError('permanent', `the answer of ${url} is larger than ${maxBytes} bytes`, { url });
      }
      pieces.push(piece);
    }
  } catch (error) {
    throw toHttpError(error, url);
  }
  return Buffer.concat(pieces, bytes).toString('utf8');
}

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { messageOf } from '../core/errors.ts';
import type { RegistryCore } from './registry-core.ts';
import { RegistryError } from './registry-error.ts';
import { ROUTES } from './registry-routes.ts';

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const MAX_BODY_BYTES = 1 << 20;

export interface RegistryServerOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Whether a request with this Authorization header is served (default: all are). */
  readonly authorize?: (header: string | undefined) => boolean;
}

export interface RegistryServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the core over Confluent's REST API, on the loopback address only: it knows no accounts. */
export async function startRegistryServer(
  core: RegistryCore,
  options: RegistryServerOptions = {},
): Promise<RegistryServer> {
  const server = createServer((request, response) => void answer(core, options, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => close(server) };
}

async function answer(
  core: RegistryCore,
  { authorize }: RegistryServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (authorize && !authorize(request.headers.authorization)) throw new RegistryError(401, 'Unauthorized');
    const url = new URL(request.url ?? '/', 'http://localhost');
    const segments = url.pathname.split('/').filter(Boolean).map(decodePart);
    const matching = ROUTES.filter(({ pattern }) => matches(pattern, segments));
    if (matching.length === 0) throw new RegistryError(404, 'HTTP 404 Not Found');
    const route = matching.find(({ method }) => method === request.method);
    if (!route) throw new RegistryError(405, 'HTTP 405 Method Not Allowed');
    const path = segments.filter((_, index) => route.pattern[index] === '*');
    send(response, 200, route.handle(core, { path, query: url.searchParams, body: await readBody(request) }));
  } catch (error) {
    const refusal = error instanceof RegistryError ? error : new RegistryError(50001, messageOf(error));
    // What is left of the body is not read: the connection cannot serve another request.
    if (!request.complete) response.setHeader('connection', 'close');
    send(response, refusal.status, { error_code: refusal.errorCode, message: refusal.message });
  }
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.length === segments.length && pattern.every((part, index) => part === '*' || part === segments[index]);
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RegistryError(400, 'HTTP 400 Bad Request');
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new RegistryError(413, 'HTTP 413 Request Entity Too Large');
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RegistryError(400, 'The body is not valid JSON');
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': CONTENT_TYPE }).end(JSON.stringify(body));
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

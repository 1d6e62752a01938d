import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, StreamsError } from '../../core/errors.ts';
import { pageRequest, sendPage, textPage } from '../../observe/http-page.ts';
import { type QueriedApp, queryRoutes } from './query-routes.ts';

export interface QueryServerOptions {
  /** Default 127.0.0.1: nothing here asks who is calling, and values may be confidential. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
}

export interface QueryServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves {@link queryRoutes} by itself, for an application that has no HTTP server to put them into. Its address is what
 * `applicationServer` should say.
 *
 * @throws CONFIG_INVALID when the port cannot be had
 */
export async function serveQueries(
  apps: readonly QueriedApp[],
  { host = '127.0.0.1', port = 0 }: QueryServerOptions = {},
): Promise<QueryServer> {
  const routes = queryRoutes(apps);
  const server = createServer((request, response) => {
    routes(pageRequest(request)).then(
      (page) => sendPage(request, response, page ?? textPage(404, 'there are /stores and /queries\n')),
      (error: unknown) => sendPage(request, response, textPage(500, `${messageOf(error)}\n`)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `cannot listen on ${host}:${port}: ${messageOf(cause)}`;
      reject(new StreamsError('CONFIG_INVALID', message, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

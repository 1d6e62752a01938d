import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { StreamsError, messageOf } from '../core/errors.ts';
import type { Health, HealthReport } from './health.ts';
import { jsonPage, type Page, pageRequest, type PageSource, sendPage, textPage } from './http-page.ts';
import type { MetricsRegistry } from './metrics.ts';
import { statusPage } from './status-page.ts';
import type { StatusReport } from './status.ts';

/** What the server shows; it keeps nothing itself. */
export interface ObserveServerOptions {
  /** Default 127.0.0.1: nothing here asks who is calling. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  readonly title: string;
  readonly health: Health;
  readonly metrics: MetricsRegistry;
  readonly status: () => StatusReport | Promise<StatusReport>;
  readonly picture: PictureSource;
  /** More paths, asked first; its errors are those of the request. */
  readonly more?: PageSource;
}

/** The application's diagram in the formats that the server offers. */
export interface PictureSource {
  svg(): Promise<string>;
  /** One box for each stage, with its topics and tables. Its boxes have ids: `stage_<name>`, `table_<name>`. */
  overview(): Promise<string>;
  /** Each stage by itself, with all of its operators. */
  stages(): Promise<readonly { readonly name: string; readonly svg: string }[]>;
  mermaid(): string;
  json(): unknown;
}

export interface ObserveServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Health (`/health/live`, `/health/ready`), metrics (`/metrics`), the diagram (`/topology.svg`, `.mmd`, `.json`), the
 * state of things (`/status`) and a page that shows it all (`/`).
 *
 * @throws CONFIG_INVALID when the port is taken or not allowed
 */
export async function startObserveServer(options: ObserveServerOptions): Promise<ObserveServer> {
  const { host = '127.0.0.1', port } = options;
  const server = createServer((request, response) => {
    answer(options, request).then(
      (page) => sendPage(request, response, page),
      (error: unknown) => sendPage(request, response, textPage(500, `${messageOf(error)}\n`)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    host,
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? 'localhost' : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(options: ObserveServerOptions, request: IncomingMessage): Promise<Page> {
  const more = await options.more?.(pageRequest(request));
  if (more) return more;
  if (request.method !== 'GET' && request.method !== 'HEAD') return textPage(405, 'only GET is answered here\n');
  const { health, metrics, picture } = options;
  switch (new URL(request.url ?? '/', 'http://localhost').pathname) {
    case '/':
      return { status: 200, type: 'text/html; charset=utf-8', body: await page(options) };
    case '/health/live':
      return healthPage(health.live());
    case '/health/ready':
      return healthPage(health.ready());
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.metrics() };
    case '/status':
      return jsonPage(200, await options.status());
    case '/topology.svg':
      return { status: 200, type: 'image/svg+xml', body: await picture.svg() };
    case '/topology.mmd':
      return textPage(200, picture.mermaid());
    case '/topology.json':
      return jsonPage(200, picture.json());
    default:
      return textPage(
        404,
        'not here; there are / /status /health/live /health/ready /metrics /topology.svg .mmd .json\n',
      );
  }
}

async function page({ title, picture, status }: ObserveServerOptions): Promise<string> {
  const [overview, stages, now] = await Promise.all([picture.overview(), picture.stages(), status()]);
  return statusPage({ title, overview, stages, status: now });
}

function healthPage(report: HealthReport): Page {
  return jsonPage(report.ok ? 200 : 503, report);
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): StreamsError {
  const why = error.code === 'EADDRINUSE' ? 'another program uses it' : error.message;
  const message = `cannot listen on ${host}:${port}: ${why}. Choose another port with --port (0 takes any that is free)`;
  return new StreamsError('CONFIG_INVALID', message, { cause: error });
}

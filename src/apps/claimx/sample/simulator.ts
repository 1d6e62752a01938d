import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerApi } from './simulated-api.ts';
import { serveFile } from './simulated-files.ts';
import { createOutage, type FaultPlan } from './fault-plan.ts';
import { createFaults, type Fault } from './faults.ts';
import { createFileLinks } from './file-links.ts';
import { createRandom } from './random.ts';
import type { World } from './world.ts';

export interface SimulatorOptions {
  readonly world: World;
  /** What callers must send: `Authorization: Basic <token>`. */
  readonly token: string;
  readonly seed: number;
  /** Of each answer, in ms (default 1 to 8). */
  readonly latencyMs?: readonly [number, number];
  /** See {@link createFaults}; 0 turns faults off. */
  readonly faultRate?: number;
  /** Instead of a rate: which faults, and an outage. */
  readonly faults?: FaultPlan;
  readonly faultJournal?: string;
  /** Default 0: any free one. Taken again after a restart, links in flight keep working. */
  readonly port?: number;
  readonly now?: () => number;
}

export interface Simulator {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Requests so far, by what they asked for: `project`, `media`, `file`, … */
  readonly requests: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/**
 * A task has five tries, and faults must leave it some to spare, or one more failure, by chance, makes a dead letter that
 * nobody expects. Enrichment: its project and one thing more, each asked for three times in one try, so each can cost one
 * try at the most. A download: its first link may have expired, then each fault of its file costs a try, while asking for
 * a fresh link never does.
 */
const MOST_FAULTS = { api: 4, file: 2, freshLink: 2 };

/** The ClaimX API and its file host on a loopback port, with latency and faults. For samples and tests. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const now = options.now ?? Date.now;
  const [fastest, slowest] = options.latencyMs ?? [1, 8];
  const random = createRandom(options.seed);
  const links = createFileLinks(`secret-${options.seed}`);
  const faults = createFaults({
    seed: options.seed,
    ...(options.faultRate === undefined ? {} : { rate: options.faultRate }),
    ...(options.faultJournal === undefined ? {} : { journal: options.faultJournal }),
  });
  const isDown = createOutage(options.faults?.outage ?? null);
  const requests = new Map<string, number>();
  let origin = '';

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin);
    await sleep(random.int(fastest, slowest));
    const isFile = url.pathname.startsWith('/files/');
    const kind = isFile
      ? 'file'
      : (url.pathname.split('/').at(url.pathname.includes('/project/') ? 4 : 1) ?? 'project');
    requests.set(kind, (requests.get(kind) ?? 0) + 1);
    const fresh = url.searchParams.has('mediaId');
    const resource = url.pathname + (fresh ? '?one' : '');
    const most = isFile ? MOST_FAULTS.file : fresh ? MOST_FAULTS.freshLink : MOST_FAULTS.api;
    // An outage spends what faults the resource may have: as long as it is, no task runs out of tries by it.
    if (!isFile && isDown(now()) && faults.spend(resource, most)) return fail('unavailable', response);
    const fault = faults.next(resource, most, isFile ? options.faults?.file : options.faults?.api);
    const midway = fault === 'stall' || fault === 'cut' ? fault : null;
    if (fault !== null && fault !== 'stall' && fault !== 'cut') return fail(fault, response);
    if (isFile) return serveFile(url, { world: options.world, links, nowMs: now(), midway }, response);
    if (request.headers.authorization !== `Basic ${options.token}`) return send(response, 401, { error: 'no access' });
    const { status, body } = answerApi(url, { world: options.world, links, origin, nowMs: now() });
    send(response, status, body);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  // Idle connections of a pool must outlive the pool's own limit, or requests race with their closing.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  return {
    url: origin,
    port,
    requests,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function fail(fault: Exclude<Fault, 'stall' | 'cut'>, response: ServerResponse): void {
  switch (fault) {
    case 'internal-error':
      return send(response, 500, { error: 'internal error' });
    case 'unavailable':
      return send(response, 503, { error: 'down for a moment' });
    case 'too-many':
      return send(response, 429, { error: 'too many requests' }, { 'retry-after': '1' });
    case 'garbage':
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html>Bad gateway</html>');
      return;
    case 'reset':
      response.destroy();
      return;
    case 'hang':
      // No answer, until the caller gives up or the simulator closes its connections.
      response.setTimeout(60_000, () => response.destroy());
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

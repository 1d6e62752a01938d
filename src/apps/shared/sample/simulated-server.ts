import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOutage, type FaultPlan } from './fault-plan.ts';
import { createFaults, type Fault } from './faults.ts';
import { createRandom } from './random.ts';

export interface SimulatedServerOptions {
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
  /** Those among them that no fault came before, also where the answer was an error that the resource has for good. */
  readonly answered: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** What a request asks for, and who answers it when no fault comes first. */
export interface SimulatedExchange {
  /** Counted under this name. */
  readonly kind: string;
  /** Faults befall resources: see {@link createFaults}. */
  readonly resource: string;
  readonly mostFaults: number;
  /** Whose faults it has. */
  readonly service: 'api' | 'file';
  /** Whether it is part of what an outage takes down. */
  readonly mayBeDown: boolean;
  /** `midway`: goes wrong in the middle of a file; it stops coming, or the connection is cut. */
  readonly answer: (
    response: ServerResponse,
    request: IncomingMessage,
    midway: 'stall' | 'cut' | null,
  ) => Promise<void> | void;
}

/** A service on a loopback port, with latency and faults. For samples and tests. */
export async function startSimulatedServer(
  options: SimulatedServerOptions,
  exchange: (url: URL) => SimulatedExchange,
): Promise<Simulator> {
  const [fastest, slowest] = options.latencyMs ?? [1, 8];
  const random = createRandom(options.seed);
  const faults = createFaults({
    seed: options.seed,
    ...(options.faultRate === undefined ? {} : { rate: options.faultRate }),
    ...(options.faultJournal === undefined ? {} : { journal: options.faultJournal }),
  });
  const isDown = createOutage(options.faults?.outage ?? null);
  const now = options.now ?? Date.now;
  const requests = new Map<string, number>();
  const answered = new Map<string, number>();
  let origin = '';

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin);
    await sleep(random.int(fastest, slowest));
    const { kind, resource, mostFaults, service, mayBeDown, answer } = exchange(url);
    requests.set(kind, (requests.get(kind) ?? 0) + 1);
    // An outage spends what faults the resource may have: as long as it is, no task runs out of tries by it.
    if (mayBeDown && isDown(now()) && faults.spend(resource, mostFaults)) return fail('unavailable', response);
    const fault = faults.next(resource, mostFaults, options.faults?.[service]);
    if (fault === null || fault === 'stall' || fault === 'cut') {
      if (fault === null) answered.set(kind, (answered.get(kind) ?? 0) + 1);
      return answer(response, request, fault);
    }
    return fail(fault, response);
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
    answered,
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
      return sendJson(response, 500, { error: 'internal error' });
    case 'unavailable':
      return sendJson(response, 503, { error: 'down for a moment' });
    case 'too-many':
      return sendJson(response, 429, { error: 'too many requests' }, { 'retry-after': '1' });
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

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

import { createFileLinks } from '../../shared/sample/file-links.ts';
import {
  sendJson,
  startSimulatedServer,
  type SimulatedServerOptions,
  type Simulator,
} from '../../shared/sample/simulated-server.ts';
import { serveFile } from '../../shared/sample/simulated-files.ts';
import { answerApi } from './simulated-api.ts';
import type { World } from './world.ts';

export type { Simulator } from '../../shared/sample/simulated-server.ts';

export interface SimulatorOptions extends SimulatedServerOptions {
  readonly world: World;
  /** What callers must send: `Authorization: Basic <token>`. */
  readonly token: string;
}

/**
 * A task has five tries, and faults must leave it some to spare, or one more failure, by chance, makes a dead letter that
 * nobody expects. Enrichment: its project and one thing more, each asked for three times in one try, so each can cost one
 * try at the most. A download: its first link may have expired, then each fault of its file costs a try, while asking for
 * a fresh link never does.
 */
const MOST_FAULTS = { api: 4, file: 2, freshLink: 2 };

/** The ClaimX API and its file host on a loopback port, with latency and faults. For samples and tests. */
export function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { world, token, now = Date.now } = options;
  const links = createFileLinks(`secret-${options.seed}`);
  return startSimulatedServer(options, (url) => {
    if (url.pathname.startsWith('/files/')) {
      const [, , projectId = '', mediaId = ''] = url.pathname.split('/').map(decodeURIComponent);
      const media = world.media.get(projectId)?.find((item) => item.mediaId === mediaId);
      return {
        kind: 'file',
        resource: url.pathname,
        mostFaults: MOST_FAULTS.file,
        service: 'file',
        mayBeDown: false,
        answer: (response, { headers: { range } }, midway) =>
          serveFile(url, mediaId, media, { links, nowMs: now(), midway, range }, response),
      };
    }
    const fresh = url.searchParams.has('mediaId');
    return {
      kind: fresh ? 'freshLink' : (url.pathname.split('/').at(url.pathname.includes('/project/') ? 4 : 1) ?? 'project'),
      resource: url.pathname + (fresh ? '?one' : ''),
      mostFaults: fresh ? MOST_FAULTS.freshLink : MOST_FAULTS.api,
      service: 'api',
      mayBeDown: true,
      answer: (response, request) => {
        if (request.headers.authorization !== `Basic ${token}`) return sendJson(response, 401, { error: 'no access' });
        const { status, body } = answerApi(url, { world, links, origin: url.origin, nowMs: now() });
        sendJson(response, status, body);
      },
    };
  });
}

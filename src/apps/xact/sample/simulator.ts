import { createFileLinks } from '../../shared/sample/file-links.ts';
import { linkTo, serveFile } from '../../shared/sample/simulated-files.ts';
import {
  startSimulatedServer,
  type SimulatedServerOptions,
  type Simulator,
} from '../../shared/sample/simulated-server.ts';
import type { SampleAttachment } from './generator.ts';

export interface SimulatorOptions extends SimulatedServerOptions {
  readonly files: ReadonlyMap<string, SampleAttachment>;
}

export interface XactSimulator extends Simulator {
  /** What an event names an attachment by. */
  linkTo(attachment: SampleAttachment): string;
}

/** A download has five tries: this leaves it two to spare. */
const MOST_FAULTS = 3;

/** Nobody signs the links of events anew, so they work for longer than any run. */
const LINK_SECONDS = 86_400;

/** The file hosts of xact on a loopback port, with latency and faults. For samples and tests. */
export async function startSimulator(options: SimulatorOptions): Promise<XactSimulator> {
  const { files, seed, now = Date.now } = options;
  const links = createFileLinks(`secret-${seed}`);
  const simulator = await startSimulatedServer(options, (url) => {
    const id = decodeURIComponent(url.pathname.split('/')[2] ?? '');
    return {
      kind: 'file',
      resource: url.pathname,
      mostFaults: MOST_FAULTS,
      service: 'file',
      mayBeDown: true,
      answer: (response, { headers: { range } }, midway) =>
        serveFile(url, id, files.get(id), { links, nowMs: now(), midway, range }, response),
    };
  });
  const scene = { links, origin: simulator.url, ttlSeconds: LINK_SECONDS, fresh: false };
  return {
    ...simulator,
    linkTo: ({ id, fileName, fate, noLink }) =>
      noLink ?? linkTo(`/files/${id}/${encodeURIComponent(fileName)}`, fate, { ...scene, nowMs: now() }),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { StreamsError } from '../../core/errors.ts';
import type { QueryAnswer, QueryPort, QueryRequest } from './store-query.ts';

export interface QueryRouterOptions {
  /** Those that answer without leaving the process: its threads. */
  readonly local: () => readonly QueryPort[];
  /** This instance's own `host:port`; null: it has none. */
  readonly self: () => string | null;
  /** Who has a partition, by the last rebalance that this instance saw. */
  readonly hosts: (
    store: string,
    partition: number,
  ) => { readonly activeHost: string | null; readonly standbyHosts: readonly string[] };
  readonly remote: (host: string) => QueryPort;
  readonly clock: Clock;
}

export interface RoutedAnswer extends QueryAnswer {
  /** null: this process. */
  readonly host: string | null;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/**
 * Finds who answers: the active task here, then where the group says it is; for stale reads also standbys, here and
 * there. While the group moves, or an instance is gone, it looks again until the time is up.
 */
export class QueryRouter {
  readonly #options: QueryRouterOptions;

  constructor(options: QueryRouterOptions) {
    this.#options = options;
  }

  /** @throws the last answerer's error when nobody could answer in time; at once what no other would answer either */
  async ask(request: QueryRequest, timeoutMs: number): Promise<RoutedAnswer> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const failures: StreamsError[] = [];
      for (const { port, host, stale } of this.#candidates(request)) {
        const waitMs = Math.max(0, Math.floor(Math.min(request.waitMs, deadline - clock.monotonic())));
        try {
          return { ...(await port.ask({ ...request, waitMs, stale })), host };
        } catch (error) {
          if (!(error instanceof StreamsError) || !error.retriable) throw error;
          failures.push(error);
        }
      }
      if (clock.monotonic() + pauseMs >= deadline) throw worst(failures, request);
      await sleep(pauseMs);
    }
  }

  *#candidates(request: QueryRequest): Generator<Candidate> {
    const { local, self, hosts, remote } = this.#options;
    const { store, partition, stale } = request;
    for (const port of local()) yield { port, host: null, stale: null };
    // Every instance has global stores whole.
    if (partition === null) return;
    const own = self();
    const { activeHost, standbyHosts } = hosts(store, partition);
    if (activeHost !== null && activeHost !== own) yield { port: remote(activeHost), host: activeHost, stale: null };
    if (stale === null) return;
    for (const port of local()) yield { port, host: null, stale };
    for (const host of standbyHosts) if (host !== own) yield { port: remote(host), host, stale };
  }
}

interface Candidate {
  readonly port: QueryPort;
  readonly host: string | null;
  readonly stale: QueryRequest['stale'];
}

/** What says most of why there is no answer: that it is not here is the least. */
function worst(failures: readonly StreamsError[], { store, partition }: QueryRequest): StreamsError {
  const telling = failures.findLast(({ code }) => code !== 'NOT_PRESENT') ?? failures.at(-1);
  if (telling !== undefined && telling.code !== 'NOT_PRESENT') return telling;
  return new StreamsError(
    'NOT_PRESENT',
    `nobody who can be asked has partition ${partition} of store ${store}: is applicationServer set on every instance?`,
    { cause: telling },
  );
}

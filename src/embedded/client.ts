import type { Clock } from '../core/clock.ts';
import type {
  Fetcher,
  FetcherOptions,
  GroupMember,
  KafkaAdmin,
  KafkaClient,
  MemberOptions,
  Producer,
  ProducerOptions,
} from '../kafka/client.ts';
import { prepareZstd } from '../kafka/wire/zstd.ts';
import type { EmbeddedBroker } from './broker.ts';
import { EmbeddedAdmin } from './client/admin.ts';
import { Connection } from './client/connection.ts';
import { EmbeddedFetcher } from './client/fetcher.ts';
import { EmbeddedMember } from './client/member.ts';
import { EmbeddedProducer } from './client/producer.ts';
import { systemScheduler, type Scheduler } from './scheduler.ts';

export interface EmbeddedClientOptions {
  /** For retries and time limits (default: the broker's). */
  readonly clock?: Clock;
  /** For every timer (default: the event loop's). */
  readonly scheduler?: Scheduler;
  /** How long each request takes to arrive (default 0 ms: answered in the same call). */
  readonly latencyMs?: number;
  /** Default `topology-streams`. */
  readonly clientId?: string;
  /** Until a request that is not answered is sent again (default 30,000 ms). */
  readonly requestTimeoutMs?: number;
  /** Until a request that is refused or not answered is given up, its retries included (default 60,000 ms). */
  readonly apiTimeoutMs?: number;
}

/**
 * A client of an embedded broker in the same process: the whole port, on the same record batches as with a real broker.
 * Any number of clients may share a broker. Never for production: what the broker holds ends with the process.
 */
export function embeddedClient(broker: EmbeddedBroker, options: EmbeddedClientOptions = {}): KafkaClient {
  return new EmbeddedClient(
    new Connection(broker, {
      clock: options.clock ?? broker.clock,
      scheduler: options.scheduler ?? systemScheduler,
      latencyMs: options.latencyMs ?? 0,
      clientId: options.clientId ?? 'topology-streams',
      requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
      apiTimeoutMs: options.apiTimeoutMs ?? 60_000,
    }),
  );
}

class EmbeddedClient implements KafkaClient {
  readonly admin: KafkaAdmin;
  readonly #connection: Connection;
  readonly #fetchers: EmbeddedFetcher[] = [];
  readonly #producers: EmbeddedProducer[] = [];
  readonly #members: EmbeddedMember[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    this.admin = new EmbeddedAdmin(connection);
  }

  get connected(): boolean {
    return this.#connection.isHealthy;
  }

  async connect(): Promise<void> {
    this.#connection.open();
    await prepareZstd();
  }

  async close(): Promise<void> {
    for (const member of this.#members) member.stop();
    await Promise.all([...this.#fetchers, ...this.#producers].map((part) => part.close()));
    this.#connection.close();
  }

  fetcher(options: FetcherOptions = {}): Fetcher {
    const fetcher = new EmbeddedFetcher(this.#connection, options);
    this.#fetchers.push(fetcher);
    return fetcher;
  }

  producer(options: ProducerOptions = {}): Producer {
    const producer = new EmbeddedProducer(this.#connection, options);
    this.#producers.push(producer);
    return producer;
  }

  member(options: MemberOptions): GroupMember {
    const member = new EmbeddedMember(this.#connection, options);
    this.#members.push(member);
    return member;
  }
}

import { StreamsError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../observe/logger.ts';
import type { KafkaOptions } from '../options.ts';
import { BytesReader } from '../wire/bytes-reader.ts';
import type { WireRequest } from '../wire/request.ts';
import { apiVersions, type ApiVersionsAnswer } from '../wire/requests/api-versions.ts';
import { DEFAULT_CLIENT_ID, innerConnection, type InnerConnection } from './inner-connection.ts';
import { kafkajsLogger } from './kafkajs-logger.ts';
import { requestPieces } from './request-pieces.ts';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

interface OpenConnection {
  readonly inner: InnerConnection;
  readonly apis: ApiVersionsAnswer['apis'];
}

const SASL_AUTHENTICATE = 36;

/**
 * One connection to one broker, opened at the first request and again after it broke. A broker answers the requests of
 * a connection one after the other, so a request it holds back (a long poll, a join) delays those behind it.
 */
export class BrokerConnection {
  readonly address: string;
  readonly #host: BrokerAddress;
  readonly #options: KafkaOptions;
  readonly #logger: Logger;
  #opening: Promise<OpenConnection> | null = null;
  #closed = false;

  constructor(address: BrokerAddress, options: KafkaOptions, logger: Logger) {
    this.address = `${address.host}:${address.port}`;
    this.#host = address;
    this.#options = options;
    this.#logger = logger;
  }

  /** @throws BROKER_UNAVAILABLE, and KAFKA_ERROR for a refused login or an API the broker does not speak */
  async send<T>(request: WireRequest<T>): Promise<T> {
    const { inner, apis } = await this.#open();
    const range = apis.get(request.apiKey);
    const version = request.versions.find((v) => range !== undefined && v >= range.min && v <= range.max);
    if (version === undefined) throw unsupported(this.address, request, range);
    return this.#exchange(inner, request, version);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const opening = this.#opening;
    this.#opening = null;
    const open = await opening?.catch(() => null);
    if (open) drop(open.inner, closed());
  }

  async #open(): Promise<OpenConnection> {
    for (;;) {
      if (this.#closed) throw closed();
      this.#opening ??= this.#connect();
      const opening = this.#opening;
      try {
        const open = await opening;
        if (open.inner.isConnected()) return open;
      } catch (error) {
        if (this.#opening === opening) this.#opening = null;
        throw error;
      }
      // It broke since: a broken connection is never used again, so that half an answer is forgotten with it.
      if (this.#opening === opening) this.#opening = null;
    }
  }

  async #connect(): Promise<OpenConnection> {
    const inner = innerConnection(this.#host, this.#options, kafkajsLogger(this.#logger));
    try {
      await inner.connect();
      const { apis } = await this.#exchange(inner, apiVersions, 0);
      const ranges = [...apis].map(
        ([key, { min, max }]) => [String(key), { minVersion: min, maxVersion: max }] as const,
      );
      inner.setVersions(Object.fromEntries(ranges));
      inner.setSupportAuthenticationProtocol(apis.has(SASL_AUTHENTICATE));
      await inner.authenticate();
      return { inner, apis };
    } catch (error) {
      const failure = this.#failure(error);
      drop(inner, failure);
      throw failure;
    }
  }

  async #exchange<T>(inner: InnerConnection, request: WireRequest<T>, version: number): Promise<T> {
    try {
      const payload = await this.#ask(inner, request, version);
      const flexible = version >= request.flexibleFrom;
      const reader = new BytesReader(payload, flexible);
      if (flexible) reader.tags();
      const answer = request.read(reader, version);
      inner.requestQueue.maybeThrottle(throttleOf(answer));
      return answer;
    } catch (error) {
      // A request that was given up may still be carried out: with its connection gone, its answer cannot be mistaken
      // for another's, and nothing sent later overtakes it on the same socket.
      if (nameOf(error) === 'KafkaJSRequestTimeoutError') drop(inner, this.#failure(error));
      throw this.#failure(error);
    }
  }

  /** As kafkajs' `send`, which would copy the request twice. */
  async #ask(inner: InnerConnection, request: WireRequest<unknown>, version: number): Promise<Buffer> {
    const { apiKey, apiName, heldMs = 0 } = request;
    const { clientId = DEFAULT_CLIENT_ID, requestTimeoutMs = 30_000 } = this.#options;
    // The first request of a connection comes before its login; later, a session may have to be renewed.
    if (apiKey !== apiVersions.apiKey && !inner.isAuthenticated()) await inner.authenticate();
    if (!inner.isConnected()) throw new Error('the connection is lost');
    const correlationId = inner.nextCorrelationId();
    const pieces = requestPieces(request, { version, correlationId, clientId });
    const answered = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
      inner.requestQueue.push({
        entry: { apiKey, apiName, apiVersion: version, correlationId, resolve, reject },
        expectResponse: true,
        requestTimeout: requestTimeoutMs + heldMs,
        sendRequest: () => {
          inner.socket.cork();
          for (const piece of pieces) inner.socket.write(piece);
          inner.socket.uncork();
        },
      });
    });
    return answered.payload;
  }

  /** Total: what kafkajs throws, as an error of this library. */
  #failure(error: unknown): StreamsError {
    if (error instanceof StreamsError) return error;
    const name = nameOf(error);
    const text = messageOf(error).replace(/^Connection error: /, '');
    if (name.includes('SASL') || name === 'KafkaJSUnsupportedVersion' || name === 'KafkaJSProtocolError') {
      return new StreamsError('KAFKA_ERROR', `${this.address} refused the login: ${text}. Check kafka.sasl.`, {
        cause: error,
        kafkaError: 'SASL_AUTHENTICATION_FAILED',
      });
    }
    if (error instanceof RangeError || error instanceof TypeError) {
      return new StreamsError('KAFKA_ERROR', `${this.address} sent an answer that cannot be read: ${text}`, {
        cause: error,
      });
    }
    return new StreamsError('BROKER_UNAVAILABLE', `${this.address}: ${text}`, {
      cause: error,
      kafkaError: 'NETWORK_EXCEPTION',
    });
  }
}

function drop(inner: InnerConnection, reason: Error): void {
  inner.rejectRequests(reason);
  void inner.disconnect();
}

function closed(): StreamsError {
  return new StreamsError('ILLEGAL_STATE', 'the Kafka client is closed');
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function throttleOf(answer: unknown): number {
  const throttleMs = (answer as { throttleMs?: unknown } | null | undefined)?.throttleMs;
  return typeof throttleMs === 'number' ? throttleMs : 0;
}

function unsupported(
  address: string,
  request: WireRequest<unknown>,
  range: { readonly min: number; readonly max: number } | undefined,
): StreamsError {
  const spoken = range === undefined ? 'not at all' : `in versions ${range.min} to ${range.max}`;
  return new StreamsError(
    'KAFKA_ERROR',
    `${address} speaks ${request.apiName} ${spoken}, but version ${request.versions.join(' or ')} is needed: Kafka 2.5 or later`,
    { kafkaError: 'UNSUPPORTED_VERSION' },
  );
}

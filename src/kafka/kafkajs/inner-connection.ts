import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { KafkaOptions } from '../options.ts';
import type { KafkajsLogger } from './kafkajs-logger.ts';
import { openSocket, type SocketOptions } from './open-socket.ts';

/** kafkajs 2.2.4's `src/network/connection.js`: a socket with TLS, SASL, correlation ids and time limits. */
export interface InnerConnection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
  /** Where a login is asked for: whether there was one, and its session lasts a while yet. */
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  setVersions(versions: Record<string, { minVersion: number; maxVersion: number }>): void;
  setSupportAuthenticationProtocol(supported: boolean): void;
  rejectRequests(error: Error): void;
  nextCorrelationId(): number;
  /** Takes whole answers of a login, which it is in the middle of where `authHandlers` are set. */
  processData(answer: Buffer): void;
  readonly authHandlers: object | null;
  readonly socket: Socket;
  readonly requestQueue: RequestQueue;
}

/** kafkajs' requests in flight: their answers, time limits and pauses that the broker asks for. */
export interface RequestQueue {
  push(request: QueuedRequest): void;
  fulfillRequest(answer: { readonly correlationId: number; readonly payload: Buffer; readonly size: number }): void;
  maybeThrottle(throttleMs: number): void;
}

export interface QueuedRequest {
  readonly entry: {
    readonly apiKey: number;
    readonly apiName: string;
    readonly apiVersion: number;
    readonly correlationId: number;
    resolve(answered: { readonly payload: Buffer }): void;
    reject(error: unknown): void;
  };
  readonly expectResponse: true;
  readonly requestTimeout: number;
  sendRequest(): void;
}

type ConnectionClass = new (options: Record<string, unknown>) => InnerConnection;

export const DEFAULT_CLIENT_ID = 'topology-streams';

const require = createRequire(import.meta.url);

/** Loads kafkajs at the first connection: who runs on the embedded broker does not pay for it. */
export function innerConnection(
  address: { readonly host: string; readonly port: number },
  options: KafkaOptions,
  logger: KafkajsLogger,
): InnerConnection {
  const Connection = require('kafkajs/src/network/connection') as ConnectionClass;
  const connection: InnerConnection = new Connection({
    ...address,
    logger,
    socketFactory: (socket: SocketOptions) => openSocket(socket, (answer) => takeAnswer(connection, answer)),
    clientId: options.clientId ?? DEFAULT_CLIENT_ID,
    connectionTimeout: options.connectionTimeoutMs ?? 10_000,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    enforceRequestTimeout: true,
    ssl: options.tls === true ? {} : options.tls || null,
    sasl: saslOf(options),
  });
  return connection;
}

/** Past kafkajs' own reader, which keeps all pieces of an answer and puts them together then. */
function takeAnswer(connection: InnerConnection, answer: Buffer): void {
  if (connection.authHandlers !== null || answer.length < 8) {
    connection.processData(answer);
    return;
  }
  connection.requestQueue.fulfillRequest({
    correlationId: answer.readInt32BE(4),
    payload: answer.subarray(8),
    size: answer.length - 4,
  });
}

function saslOf({ sasl }: KafkaOptions): Record<string, unknown> | null {
  if (sasl === undefined) return null;
  if (sasl.mechanism === 'oauthbearer') return { mechanism: 'oauthbearer', oauthBearerProvider: sasl.token };
  const { mechanism, username, password } = sasl;
  return { mechanism, username, password };
}

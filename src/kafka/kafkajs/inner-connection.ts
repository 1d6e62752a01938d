import { createRequire } from 'node:module';
import type { KafkaOptions } from '../options.ts';
import type { KafkajsLogger } from './kafkajs-logger.ts';

/** kafkajs 2.2.4's `src/network/connection.js`: a socket with TLS, SASL, correlation ids and time limits. */
export interface InnerConnection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
  authenticate(): Promise<void>;
  setVersions(versions: Record<string, { minVersion: number; maxVersion: number }>): void;
  setSupportAuthenticationProtocol(supported: boolean): void;
  rejectRequests(error: Error): void;
  send(request: InnerRequest): Promise<unknown>;
}

export interface InnerRequest {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: {
    decode(payload: Buffer): Promise<{ readonly clientSideThrottleTime: number; readonly answer: unknown }>;
    parse(decoded: { readonly answer: unknown }): Promise<unknown>;
  };
  readonly requestTimeout: number;
  readonly logResponseError: boolean;
}

type ConnectionClass = new (options: Record<string, unknown>) => InnerConnection;

const require = createRequire(import.meta.url);

/** Loads kafkajs at the first connection: who runs on the embedded broker does not pay for it. */
export function innerConnection(
  address: { readonly host: string; readonly port: number },
  options: KafkaOptions,
  logger: KafkajsLogger,
): InnerConnection {
  const Connection = require('kafkajs/src/network/connection') as ConnectionClass;
  const socketFactory = require('kafkajs/src/network/socketFactory') as () => unknown;
  return new Connection({
    ...address,
    logger,
    socketFactory: socketFactory(),
    clientId: options.clientId ?? 'topology-streams',
    connectionTimeout: options.connectionTimeoutMs ?? 10_000,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    enforceRequestTimeout: true,
    ssl: options.tls === true ? {} : options.tls || null,
    sasl: saslOf(options),
  });
}

function saslOf({ sasl }: KafkaOptions): Record<string, unknown> | null {
  if (sasl === undefined) return null;
  if (sasl.mechanism === 'oauthbearer') return { mechanism: 'oauthbearer', oauthBearerProvider: sasl.token };
  const { mechanism, username, password } = sasl;
  return { mechanism, username, password };
}

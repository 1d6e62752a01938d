import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { StreamsError, messageOf } from '../core/errors.ts';
import { prepareZstd } from '../kafka/wire/zstd.ts';
import type { EmbeddedBroker } from './broker.ts';
import { keepDeadlines } from './keep-deadlines.ts';
import { systemScheduler, type Scheduler } from './scheduler.ts';
import { serveConnection } from './wire/wire-connection.ts';

export interface WireServerOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. There is no authentication: keep it on the loopback interface. */
  readonly host?: string;
  readonly scheduler?: Scheduler;
}

export interface WireServer {
  readonly host: string;
  readonly port: number;
  /** `host:port`, for a client's list of brokers. */
  readonly address: string;
  /** Closes every connection. The broker keeps what it has. */
  close(): Promise<void>;
}

/**
 * Puts the Kafka wire protocol in front of an embedded broker, so that any Kafka client can talk to it. What it does not
 * do: TLS, SASL, fetch sessions, the consumer group protocol of KIP-848, topic ids in requests, configuration requests.
 * @throws BROKER_UNAVAILABLE when the port cannot be used
 */
export async function startWireServer(broker: EmbeddedBroker, options: WireServerOptions = {}): Promise<WireServer> {
  const { port = 0, host = '127.0.0.1', scheduler = systemScheduler } = options;
  // Compaction reads what other clients compressed.
  await prepareZstd();
  const sockets = new Set<Socket>();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new StreamsError('BROKER_UNAVAILABLE', `cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause }),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = { host, port: (server.address() as AddressInfo).port };
  const stopDeadlines = keepDeadlines(broker, scheduler);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveConnection(broker, socket, address);
  });
  return {
    ...address,
    address: `${address.host}:${address.port}`,
    async close() {
      stopDeadlines();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

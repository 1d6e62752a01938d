import net, { type OnReadOpts, type Socket } from 'node:net';
import tls, { type ConnectionOptions } from 'node:tls';
import { AnswerReader } from './answer-reader.ts';

/** What kafkajs asks a socket factory for. */
export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionOptions | null;
  readonly onConnect: () => void;
}

const KEEP_ALIVE_MS = 60_000;

/**
 * As kafkajs opens its sockets, but whole answers are handed over, and there are no `data` events. An answer that cannot
 * be one ends the socket with an error.
 */
export function openSocket({ host, port, ssl, onConnect }: SocketOptions, onAnswer: (answer: Buffer) => void): Socket {
  const reader = new AnswerReader(onAnswer);
  const onread: OnReadOpts = {
    buffer: () => reader.room(),
    callback: (bytes) => {
      try {
        reader.took(bytes);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
      return true;
    },
  };
  const plain = { host, port, onread };
  const name = net.isIP(host) ? {} : { servername: host };
  const socket = ssl === null ? net.connect(plain, onConnect) : tls.connect({ ...plain, ...name, ...ssl }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

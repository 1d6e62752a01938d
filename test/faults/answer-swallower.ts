import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy before a broker that loses answers: the broker has done what it was asked, and the client never hears of it. */
export interface AnswerSwallower {
  readonly port: number;
  /** The next answer to a request of this API is not passed on, and the connection is cut. Resolves when it was lost. */
  swallow(apiKey: number): Promise<void>;
  close(): Promise<void>;
}

/** Kafka's frames: four bytes of length, then (in requests) two of API key, two of version and four of correlation id. */
class Frames {
  #bytes: Buffer = Buffer.alloc(0);

  /** The frames that are whole now, their length included. */
  take(bytes: Buffer): Buffer[] {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const whole: Buffer[] = [];
    while (this.#bytes.length >= 4) {
      const size = 4 + this.#bytes.readInt32BE(0);
      if (this.#bytes.length < size) break;
      whole.push(this.#bytes.subarray(0, size));
      this.#bytes = this.#bytes.subarray(size);
    }
    return whole;
  }
}

export async function startAnswerSwallower(broker: { readonly port: () => number }): Promise<AnswerSwallower> {
  const wanted: { readonly apiKey: number; lost(): void }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(broker.port(), '127.0.0.1');
    const apiOf = new Map<number, number>();
    const [requests, answers] = [new Frames(), new Frames()];
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      sockets.delete(client);
      sockets.delete(upstream);
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (bytes: Buffer) => {
      for (const frame of requests.take(bytes)) {
        apiOf.set(frame.readInt32BE(8), frame.readInt16BE(4));
        upstream.write(frame);
      }
    });
    upstream.on('data', (bytes: Buffer) => {
      for (const frame of answers.take(bytes)) {
        const correlationId = frame.readInt32BE(4);
        const apiKey = apiOf.get(correlationId);
        apiOf.delete(correlationId);
        const at = wanted.findIndex((each) => each.apiKey === apiKey);
        if (at >= 0) {
          const [found] = wanted.splice(at, 1);
          end();
          found?.lost();
          return;
        }
        client.write(frame);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    swallow: (apiKey) =>
      new Promise((resolve) => {
        wanted.push({ apiKey, lost: resolve });
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

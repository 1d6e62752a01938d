import type { Socket } from 'node:net';
import { BytesReader } from '../../kafka/wire/bytes-reader.ts';
import { BytesWriter } from '../../kafka/wire/bytes-writer.ts';
import type { EmbeddedBroker } from '../broker.ts';
import { Frames } from './frames.ts';
import type { WireCall } from './wire-api.ts';
import { API_VERSIONS_KEY, WIRE_APIS } from './wire-apis.ts';

/** Kafka's `socket.request.max.bytes`. */
const MAX_REQUEST_BYTES = 104_857_600;

export interface WireAddress {
  readonly host: string;
  readonly port: number;
}

/** Serves one connection: one request at a time, in order, as Kafka does. */
export function serveConnection(broker: EmbeddedBroker, socket: Socket, address: WireAddress): void {
  const frames = new Frames(MAX_REQUEST_BYTES);
  const waiting: Buffer[] = [];
  let cancel: (() => void) | void;
  let isBusy = false;

  const next = (): void => {
    while (!isBusy && !socket.destroyed) {
      const frame = waiting.shift();
      if (!frame) return;
      isBusy = true;
      try {
        serve(frame);
      } catch {
        // Not a request of this protocol, or of a version nobody was offered: Kafka closes the connection, too.
        socket.destroy();
      }
    }
  };

  const serve = (frame: Buffer): void => {
    const apiKey = frame.readInt16BE(0);
    const version = frame.readInt16BE(2);
    const correlationId = frame.readInt32BE(4);
    const api = WIRE_APIS.get(apiKey);
    const isSpoken = api && version >= api.minVersion && version <= api.maxVersion;
    if (!api || (!isSpoken && apiKey !== API_VERSIONS_KEY)) throw new RangeError(`request ${apiKey} v${version}`);
    const isFlexible = version >= api.flexibleFrom;
    const header = new BytesReader(frame, false, 8);
    const clientId = header.nullableString() ?? '';
    const reader = new BytesReader(frame, isFlexible, header.at);
    reader.tags();
    let isAnswered = false;
    const call: WireCall = {
      broker,
      version,
      reader,
      clientId,
      clientHost: `/${socket.remoteAddress ?? ''}`,
      ...address,
      reply(write) {
        if (isAnswered) return;
        isAnswered = true;
        if (write && !socket.destroyed) socket.write(answerBytes(correlationId, isFlexible, write));
        isBusy = false;
        // Not from inside the broker's call: the next request waits for the turn to end.
        queueMicrotask(next);
      },
    };
    cancel = api.serve(call);
  };

  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    try {
      waiting.push(...frames.push(chunk));
    } catch {
      socket.destroy();
      return;
    }
    next();
  });
  socket.on('close', () => cancel?.());
  socket.on('error', () => socket.destroy());
}

function answerBytes(correlationId: number, isFlexible: boolean, write: (writer: BytesWriter) => void): Buffer {
  const writer = new BytesWriter(isFlexible, 1024);
  writer.int32(0).int32(correlationId).tags();
  write(writer);
  const bytes = writer.written();
  bytes.writeInt32BE(bytes.length - 4, 0);
  return bytes;
}

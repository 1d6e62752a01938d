import type { EmbeddedBroker } from '../broker.ts';
import type { BytesReader } from '../../kafka/wire/bytes-reader.ts';
import type { BytesWriter } from '../../kafka/wire/bytes-writer.ts';
import { kafkaErrorCode } from '../../kafka/wire/kafka-errors.ts';
import { byTopic } from '../../kafka/wire/request.ts';
import type { KafkaErrorName } from '../kafka-error.ts';
import { isRefusal, type ApiName, type Apis } from '../protocol/apis.ts';

/** One request as it came over the wire, and the way to answer it. */
export interface WireCall {
  readonly broker: EmbeddedBroker;
  readonly version: number;
  /** At the request's body. */
  readonly reader: BytesReader;
  readonly clientId: string;
  readonly clientHost: string;
  /** What clients are told of this broker. */
  readonly host: string;
  readonly port: number;
  /** Answers with what `write` writes, or with nothing at all for null (Produce without acknowledgement). */
  readonly reply: (write: ((writer: BytesWriter) => void) | null) => void;
}

/** One kind of request on the wire: which versions are spoken, and what is done with one. */
export interface WireApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** From this version on, the compact forms and tag sections are used (KIP-482). */
  readonly flexibleFrom: number;
  /** Answers what cancels a wait, if it may wait. */
  serve(call: WireCall): (() => void) | void;
}

/** Gives the request to the broker; a refusal of the whole (a fault hook's) becomes the answer that `refused` makes of it. */
export function handle<K extends ApiName>(
  call: WireCall,
  api: K,
  request: Apis[K]['request'],
  refused: (error: KafkaErrorName) => Apis[K]['response'],
  write: (response: Apis[K]['response'], writer: BytesWriter) => void,
): () => void {
  return call.broker.handle(api, request, (answer) => {
    const response = isRefusal(answer) ? refused(answer.refused) : answer;
    call.reply((writer) => write(response, writer));
  });
}

export function errorCode(error: KafkaErrorName): number {
  return error === 'NONE' ? 0 : kafkaErrorCode(error);
}

/** PRODUCER_FENCED is known to clients of version 2 and later only. */
export function fencedCode(error: KafkaErrorName, version: number): number {
  return errorCode(error === 'PRODUCER_FENCED' && version < 2 ? 'INVALID_PRODUCER_EPOCH' : error);
}

/** An array whose absence means something else than an empty one. */
export function nullableArray<T>(reader: BytesReader, read: () => T): T[] | null {
  const length = reader.flexible ? reader.unsigned() - 1 : reader.int32();
  return length < 0 ? null : Array.from({ length }, read);
}

/** Partitions grouped by topic, each read by `read`. */
export function readPartitions<T>(reader: BytesReader, read: (topic: string) => T): T[] {
  return reader
    .array(() => {
      const topic = reader.string();
      const partitions = reader.array(() => read(topic));
      reader.tags();
      return partitions;
    })
    .flat();
}

/** The counterpart of {@link readPartitions}. */
export function writePartitions<T extends { readonly topic: string }>(
  writer: BytesWriter,
  partitions: readonly T[],
  write: (partition: T) => void,
): void {
  writer.array(byTopic(partitions), ([topic, members]) => {
    writer.string(topic).array(members, (member) => {
      write(member);
      writer.tags();
    });
    writer.tags();
  });
}

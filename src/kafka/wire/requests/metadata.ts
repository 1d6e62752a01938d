import type { WireRequest } from '../request.ts';

export interface MetadataAnswer {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

export interface TopicMetadata {
  readonly errorCode: number;
  readonly name: string;
  /** null from brokers before 2.8. */
  readonly id: string | null;
  readonly internal: boolean;
  readonly partitions: readonly PartitionMetadata[];
}

export interface PartitionMetadata {
  readonly errorCode: number;
  readonly partition: number;
  /** -1: none at the moment. */
  readonly leader: number;
}

/** Brokers, controller and the leaders of the topics' partitions; of all topics for null. Never creates a topic. */
export function metadata(topics: readonly string[] | null): WireRequest<MetadataAnswer> {
  return {
    apiKey: 3,
    apiName: 'Metadata',
    versions: [10, 7],
    flexibleFrom: 9,
    write: (writer, version) => {
      writer.array(topics, (topic) => {
        if (version >= 10) writer.raw(Buffer.alloc(16));
        writer.string(topic).tags();
      });
      writer.boolean(false);
      if (version >= 8) writer.boolean(false).boolean(false);
      writer.tags();
    },
    read: (reader, version) => {
      reader.int32();
      const brokers = reader.array(() => {
        const broker = { nodeId: reader.int32(), host: reader.string(), port: reader.int32() };
        reader.nullableString();
        reader.tags();
        return broker;
      });
      const clusterId = reader.nullableString();
      const controllerId = reader.int32();
      const topics = reader.array(() => {
        const errorCode = reader.int16();
        const name = reader.string();
        const id = version >= 10 ? reader.uuid() : null;
        const internal = reader.boolean();
        const partitions = reader.array(() => {
          const partition = { errorCode: reader.int16(), partition: reader.int32(), leader: reader.int32() };
          reader.int32();
          for (let list = 0; list < 3; list++) reader.array(() => reader.int32());
          reader.tags();
          return partition;
        });
        if (version >= 8) reader.int32();
        reader.tags();
        return { errorCode, name, id, internal, partitions };
      });
      return { brokers, clusterId, controllerId, topics };
    },
  };
}

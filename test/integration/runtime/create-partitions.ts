import type { WireRequest } from '../../../src/kafka/wire/request.ts';

/** CreatePartitions v0, which only tests need. */
export function createPartitions(
  topic: string,
  count: number,
): WireRequest<{ readonly topic: string; readonly errorCode: number }[]> {
  return {
    apiKey: 37,
    apiName: 'CreatePartitions',
    versions: [0, 1],
    flexibleFrom: 2,
    write: (writer) => {
      writer
        .array([topic], (name) => writer.string(name).int32(count).int32(-1))
        .int32(20_000)
        .int8(0);
    },
    read: (reader) => {
      reader.int32();
      return reader.array(() => {
        const result = { topic: reader.string(), errorCode: reader.int16() };
        reader.nullableString();
        return result;
      });
    },
  };
}

/** What is kept beside a committed offset. */
export interface OffsetMetadata {
  /** The highest timestamp processed from the partition; -1: none. */
  readonly partitionTime: number;
  /** What operators of the task asked to remember, by name. */
  readonly remembered: ReadonlyMap<string, number>;
}

const VERSION = 2;
const NONE: OffsetMetadata = { partitionTime: -1, remembered: new Map() };

/** Kafka Streams' form: base64 of the version, the time (8 bytes), then, if any, the count and each name and time. */
export function encodeOffsetMetadata({ partitionTime, remembered }: OffsetMetadata): string {
  const names = [...remembered].map(([name, time]) => ({ name: Buffer.from(name), time }));
  const length = names.length === 0 ? 0 : names.reduce((sum, { name }) => sum + name.length + 12, 4);
  const bytes = Buffer.alloc(9 + length);
  bytes[0] = VERSION;
  bytes.writeBigInt64BE(BigInt(partitionTime), 1);
  if (names.length === 0) return bytes.toString('base64');
  let at = bytes.writeInt32BE(names.length, 9);
  for (const { name, time } of names) {
    at = bytes.writeInt32BE(name.length, at);
    at += name.copy(bytes, at);
    at = bytes.writeBigInt64BE(BigInt(time), at);
  }
  return bytes.toString('base64');
}

/** What does not have Kafka Streams' form counts as nothing, as there: anybody may commit with other metadata. */
export function decodeOffsetMetadata(metadata: string): OffsetMetadata {
  const bytes = Buffer.from(metadata, 'base64');
  if (bytes.length < 9 || (bytes[0] !== 1 && bytes[0] !== VERSION)) return NONE;
  const partitionTime = Number(bytes.readBigInt64BE(1));
  const remembered = new Map<string, number>();
  if (bytes[0] === 1 || bytes.length < 13) return { partitionTime, remembered };
  try {
    let at = 13;
    for (let left = bytes.readInt32BE(9); left > 0; left--) {
      const end = at + 4 + bytes.readInt32BE(at);
      remembered.set(bytes.toString('utf8', at + 4, end), Number(bytes.readBigInt64BE(end)));
      at = end + 8;
    }
  } catch (error) {
    if (error instanceof RangeError) return NONE;
    throw error;
  }
  return { partitionTime, remembered };
}

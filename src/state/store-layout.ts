import { type Headers, NO_HEADERS } from '../core/record.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';
import { ReusedBytes } from './reused-bytes.ts';
import { copyBytes, ORDER_AT, type ScratchKey } from './scratch-key.ts';
import { SESSION_SUFFIX_BYTES } from './session-key.ts';

/**
 * How a kind of store lays out its keys: on disk (where the order matters) and in the changelog (where Kafka Streams'
 * bytes matter).
 */
export interface StoreLayout {
  /** Values carry their time on disk. */
  readonly timestamped: boolean;
  readonly windowed: boolean;
  /** Keys have the same bytes on disk as in the changelog. */
  readonly plain: boolean;
  /** Headers of the changelog records of values. */
  readonly headers: Headers;
  /** The key on disk, as latin1. */
  order(key: Buffer, start: number): string;
  /** {@link order}, composed in place. */
  compose(into: ScratchKey, key: Buffer, start: number): void;
  /** The next one may be in the same bytes. */
  changelogKey(key: Buffer, start: number): Buffer;
  /** The key on disk of a changelog record's key. */
  orderOfChangelogKey(key: Buffer): string;
  /** The time of an entry, from its key on disk; 0 in stores without windows. */
  timeOf(order: string): number;
}

const plainKeys = {
  windowed: false,
  plain: true,
  headers: NO_HEADERS,
  order: (key: Buffer) => key.toString('latin1'),
  compose: (into: ScratchKey, key: Buffer) => copyBytes(key, 0, key.length, into.begin(key.length), ORDER_AT),
  changelogKey: (key: Buffer) => key,
  orderOfChangelogKey: (key: Buffer) => key.toString('latin1'),
  timeOf: () => 0,
};

export const keyValueLayout: StoreLayout = Object.freeze({ ...plainKeys, timestamped: false });

export const timestampedKeyValueLayout: StoreLayout = Object.freeze({ ...plainKeys, timestamped: true });

/** Suppression buffers: the header tells Kafka Streams the version of the entries. */
export const suppressionLayout: StoreLayout = Object.freeze({
  ...keyValueLayout,
  headers: Object.freeze([{ key: 'v', value: Buffer.of(3) }]),
});

/** Window start (8 bytes) and 4 bytes of sequence number, 0 for stores that keep one value per key and window. */
const WINDOW_SUFFIX_BYTES = 12;

const changelogKeys = new ReusedBytes();

/**
 * Windows: on disk the start comes first, so that expired ones are one range at the front and reading all windows is in
 * the order of time. The changelog has Kafka Streams' order: key, start, sequence number.
 */
export const windowLayout: StoreLayout = Object.freeze({
  timestamped: true,
  windowed: true,
  plain: false,
  headers: NO_HEADERS,
  order: startThenKey,
  compose: composeStartThenKey,
  changelogKey: (key: Buffer, start: number) => {
    const bytes = changelogKeys.take(key.length + WINDOW_SUFFIX_BYTES);
    copyBytes(key, 0, key.length, bytes, 0);
    writeInt64(bytes, start, key.length);
    for (let at = key.length + 8; at < bytes.length; at++) bytes[at] = 0;
    return bytes;
  },
  orderOfChangelogKey: (key: Buffer) => {
    const end = key.length - WINDOW_SUFFIX_BYTES;
    return key.toString('latin1', end, end + 8) + key.toString('latin1', 0, end);
  },
  timeOf: (order: string) => startOfOrder(order),
});

/**
 * Sessions: the key comes with the session's end and start behind it, which is also the changelog's form; on disk those
 * stand in front. The changelog's record has the value's time; the store keeps none.
 */
export const sessionLayout: StoreLayout = Object.freeze({
  timestamped: false,
  windowed: true,
  plain: false,
  headers: NO_HEADERS,
  order: timeFirst,
  compose: composeTimeFirst,
  changelogKey: (key: Buffer) => key,
  orderOfChangelogKey: timeFirst,
  timeOf: (order: string) => startOfOrder(order),
});

function timeFirst(key: Buffer): string {
  const end = key.length - SESSION_SUFFIX_BYTES;
  return key.toString('latin1', end) + key.toString('latin1', 0, end);
}

function composeTimeFirst(into: ScratchKey, key: Buffer): void {
  const end = key.length - SESSION_SUFFIX_BYTES;
  const bytes = into.begin(key.length);
  copyBytes(key, end, SESSION_SUFFIX_BYTES, bytes, ORDER_AT);
  copyBytes(key, 0, end, bytes, ORDER_AT + SESSION_SUFFIX_BYTES);
}

/** Entries of joined streams that are dropped together. Kafka Streams' segments have the same length. */
export function segmentMs(retentionMs: number): number {
  return Math.max(Math.floor(retentionMs / 2), 60_000);
}

/** The characters of time and sequence number after the key of an entry of {@link joinLayout}. */
export const JOIN_SUFFIX = WINDOW_SUFFIX_BYTES;

/**
 * Records of joined streams, several for one key and time: on disk the segment of time comes first, so that what is old
 * is one range at the front, then key, time and sequence number, so that a key's records are together. The changelog
 * has key, time and sequence number.
 */
export function joinLayout(retentionMs: number): StoreLayout {
  const length = segmentMs(retentionMs);
  return Object.freeze({
    timestamped: true,
    windowed: true,
    plain: false,
    headers: NO_HEADERS,
    order: (key: Buffer, start: number) => startThenKey(key, Math.floor(start / length)),
    compose: (into: ScratchKey, key: Buffer, start: number) =>
      composeStartThenKey(into, key, Math.floor(start / length)),
    changelogKey: (key: Buffer) => key,
    orderOfChangelogKey: (key: Buffer) =>
      startOrder(Math.floor(readInt64(key, key.length - WINDOW_SUFFIX_BYTES) / length)) + key.toString('latin1'),
    timeOf: (order: string) => startOfOrder(order.slice(-WINDOW_SUFFIX_BYTES)),
  });
}

function composeStartThenKey(into: ScratchKey, key: Buffer, start: number): void {
  const bytes = into.begin(8 + key.length);
  writeInt64(bytes, start, ORDER_AT);
  copyBytes(key, 0, key.length, bytes, ORDER_AT + 8);
}

let scratch = Buffer.alloc(256);

/** In one string: one that is put together of two is copied once more when it is looked up. */
function startThenKey(key: Buffer, start: number): string {
  const length = 8 + key.length;
  if (length > scratch.length) scratch = Buffer.alloc(2 * length);
  writeInt64(scratch, start, 0);
  scratch.set(key, 8);
  return scratch.toString('latin1', 0, length);
}

/** A window's start as the first 8 characters of its key on disk. */
export function startOrder(start: number): string {
  writeInt64(scratch, start, 0);
  return scratch.toString('latin1', 0, 8);
}

export function startOfOrder(order: string): number {
  scratch.write(order, 0, 8, 'latin1');
  return readInt64(scratch, 0);
}

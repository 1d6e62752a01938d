import type { TopicPartition } from '../../core/record.ts';
import { type HostTasks, packTasks, unpackTasks } from '../queries/host-tasks.ts';

/**
 * What members of the group tell each other, in the bytes of Kafka's ConsumerProtocolSubscription (version 0) and
 * ConsumerProtocolAssignment (version 0), so that Kafka's own tools show the group; our part is JSON in their user data.
 */
export interface SubscriptionMessage {
  /** Of the user data; {@link USER_DATA_FORMAT} is what this version writes. */
  readonly format: number;
  readonly topics: readonly string[];
  /** Of each task that runs here or whose state is here: RUNNING, or the sum of the changelog positions it includes. */
  readonly offsets: ReadonlyMap<string, number>;
  /** One for each process; several threads of a process share local state. */
  readonly processId: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Raised for a round that nothing else asks for: a join that says nothing new makes no rebalance. */
  readonly round: number;
  /** Set by a member that asks all instances to stop, with the reason. */
  readonly stop?: string;
  /** Where this instance answers queries, `host:port` (`applicationServer`); absent: nowhere. */
  readonly host?: string;
}

export interface AssignmentMessage {
  readonly tasks: readonly string[];
  /** Tasks whose stores this member keeps current. */
  readonly standbys: readonly string[];
  /** Partition counts of all topics the topology reads or writes internally, as the leader saw them. */
  readonly partitions: Readonly<Record<string, number>>;
  readonly owned: readonly TopicPartition[];
  /** Who has which tasks, for those who can be asked; absent where nobody can. */
  readonly hosts?: readonly HostTasks[];
  /** Whether this member asks for a further round after `probingRebalanceIntervalMs`, because tasks wait for warm-ups. */
  readonly probe: boolean;
  /** Why the leader could not assign anything: the member stops with it. All formats have it. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Of the user data. 1: without offsets, tags and standbys. */
export const USER_DATA_FORMAT = 2;

const NOTHING: AssignmentMessage = { tasks: [], standbys: [], partitions: {}, owned: [], probe: false, error: null };

/** An assignment of nothing, with the reason. */
export function refusal(code: string, message: string): AssignmentMessage {
  return { ...NOTHING, error: { code, message } };
}

export function encodeSubscription(message: Omit<SubscriptionMessage, 'format'>): Buffer {
  const { topics, offsets, processId, tags, round, stop, host } = message;
  const data = { format: USER_DATA_FORMAT, offsets: Object.fromEntries(offsets), processId, tags, round, stop, host };
  const user = Buffer.from(JSON.stringify(data));
  return Buffer.concat([int16(0), int32(topics.length), ...topics.map(string), int32(user.length), user]);
}

/** What is of a later format is read as far as its format number. */
export function decodeSubscription(bytes: Buffer): SubscriptionMessage {
  const reader = new Reader(bytes);
  reader.int16();
  const topics = reader.array(() => reader.string());
  const user = parse(reader.bytes()) as Partial<Omit<SubscriptionMessage, 'offsets'>> & {
    readonly offsets?: Readonly<Record<string, number>>;
  };
  const { format = USER_DATA_FORMAT, offsets = {}, processId = '', tags = {}, round = 0, stop, host } = user;
  const more = { ...(stop === undefined ? {} : { stop }), ...(host === undefined ? {} : { host }) };
  if (format > USER_DATA_FORMAT)
    return { format, topics, offsets: new Map(), processId: '', tags: {}, round: 0, ...more };
  return { format, topics, offsets: new Map(Object.entries(offsets)), processId, tags, round, ...more };
}

export function encodeAssignment(message: AssignmentMessage): Buffer {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of message.owned) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  const { owned: _owned, ...rest } = message;
  const hosts = message.hosts?.map(({ host, active, standby }) => [host, packTasks(active), packTasks(standby)]);
  const user = Buffer.from(JSON.stringify({ format: USER_DATA_FORMAT, ...rest, hosts }));
  const topics = [...byTopic].map(([topic, list]) =>
    Buffer.concat([string(topic), int32(list.length), ...list.map(int32)]),
  );
  return Buffer.concat([int16(0), int32(topics.length), ...topics, int32(user.length), user]);
}

export function decodeAssignment(bytes: Buffer): AssignmentMessage {
  if (bytes.length === 0) return NOTHING;
  const reader = new Reader(bytes);
  reader.int16();
  const owned = reader
    .array(() => {
      const topic = reader.string();
      return reader.array(() => ({ topic, partition: reader.int32() }));
    })
    .flat();
  const { hosts, ...user } = parse(reader.bytes()) as Partial<Omit<AssignmentMessage, 'hosts'>> & {
    readonly hosts?: readonly PackedHost[];
  };
  const { tasks, standbys, partitions, probe, error } = { ...NOTHING, ...user };
  const told = hosts === undefined ? {} : { hosts: hosts.map(unpackHost) };
  return { tasks, standbys, partitions, owned, probe, error, ...told };
}

/** Host, active tasks, standby tasks. */
type PackedHost = readonly [string, string, string];

function unpackHost([host, active, standby]: PackedHost): HostTasks {
  return { host, active: unpackTasks(active), standby: unpackTasks(standby) };
}

function parse(bytes: Buffer): unknown {
  return bytes.length === 0 ? {} : JSON.parse(bytes.toString('utf8'));
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  string(): string {
    const length = this.int16();
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  bytes(): Buffer {
    const length = this.#at < this.#bytes.length ? this.int32() : 0;
    this.#at += Math.max(0, length);
    return this.#bytes.subarray(this.#at - Math.max(0, length), this.#at);
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: this.int32() }, read);
  }
}

import { StreamsError } from '../../core/errors.ts';
import type { PartitionOffset, TopicPartition } from '../../core/record.ts';
import type {
  CommittedOffset,
  GroupDescription,
  IsolationLevel,
  KafkaAdmin,
  NewTopic,
  TopicDescription,
} from '../../kafka/client.ts';
import type { KafkaErrorName } from '../kafka-error.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../protocol/records.ts';
import type { Connection } from './connection.ts';
import { failure } from './failure.ts';

const TIMESTAMPS = { earliest: EARLIEST_TIMESTAMP, latest: LATEST_TIMESTAMP } as const;

interface Answered extends TopicPartition {
  readonly error: KafkaErrorName;
}

/** The admin side of the embedded client. */
export class EmbeddedAdmin implements KafkaAdmin {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async clusterId(): Promise<string> {
    const { clusterId } = await this.#metadata([]);
    return clusterId;
  }

  async listTopics(): Promise<string[]> {
    const { topics } = await this.#metadata(null);
    return topics.map(({ name }) => name);
  }

  async describeTopics(names: readonly string[]): Promise<Map<string, TopicDescription>> {
    const { topics } = await this.#metadata(names);
    const described = new Map<string, TopicDescription>();
    for (const { error, name, topicId, partitions, internal } of topics) {
      if (error === 'NONE') described.set(name, { name, id: topicId, partitions, internal });
    }
    return described;
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    const answer = await this.#connection.ask('CreateTopics', { topics, validateOnly: false }, () => 'NONE');
    for (const { name, error, errorMessage } of answer.topics) {
      if (error !== 'NONE' && error !== 'TOPIC_ALREADY_EXISTS') {
        throw failure(error, `CreateTopics (${errorMessage ?? error})`, { topic: name });
      }
    }
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    const { topics } = await this.#connection.ask('DeleteTopics', { names }, () => 'NONE');
    const refused = topics.find(({ error }) => error !== 'NONE' && error !== 'UNKNOWN_TOPIC_OR_PARTITION');
    if (refused) throw failure(refused.error, 'DeleteTopics', { topic: refused.name });
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'latest' | number,
    isolation: IsolationLevel = 'read_uncommitted',
  ): Promise<PartitionOffset[]> {
    const timestamp = typeof at === 'number' ? at : TIMESTAMPS[at];
    const request = { isolation, partitions: partitions.map((partition) => ({ ...partition, timestamp })) };
    const answer = await this.#connection.ask('ListOffsets', request, () => 'NONE');
    const refused = firstRefused(answer.partitions);
    if (refused) throw partitionFailure(refused, 'ListOffsets');
    const found = answer.partitions.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    if (found.every(({ offset }) => offset >= 0)) return found;
    // No record that young: the position is the end.
    const ends = await this.listOffsets(partitions, 'latest', isolation);
    return found.map((offset, i) => (offset.offset >= 0 ? offset : (ends[i] ?? offset)));
  }

  async deleteRecords(offsets: readonly PartitionOffset[]): Promise<void> {
    const { partitions } = await this.#connection.ask('DeleteRecords', { partitions: offsets }, () => 'NONE');
    const refused = firstRefused(partitions);
    if (refused) throw partitionFailure(refused, 'DeleteRecords');
  }

  async fetchOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const request = { groupId, partitions: partitions ?? null, requireStable: true };
    const answer = await this.#connection.ask(
      'OffsetFetch',
      request,
      (it) => firstRefused(it.partitions)?.error ?? 'NONE',
    );
    return answer.partitions
      .filter(({ offset }) => offset >= 0)
      .map(({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata }));
  }

  async commitOffsets(groupId: string, offsets: readonly CommittedOffset[]): Promise<void> {
    const outsider = { groupId, generationId: -1, memberId: '', groupInstanceId: null };
    const { partitions } = await this.#connection.ask('OffsetCommit', { ...outsider, offsets }, () => 'NONE');
    const refused = firstRefused(partitions);
    if (refused?.error === 'UNKNOWN_MEMBER_ID') {
      const message = `the group ${groupId} has members: stop them before its offsets are set`;
      throw new StreamsError('KAFKA_ERROR', message, { kafkaError: refused.error });
    }
    if (refused) throw partitionFailure(refused, `OffsetCommit of ${groupId}`);
  }

  async describeGroup(groupId: string): Promise<GroupDescription> {
    const { state, members } = await this.#connection.ask('DescribeGroups', { groupId }, ({ error }) => error);
    return { groupId, state, members };
  }

  async removeMembers(groupId: string, memberIds: readonly string[]): Promise<void> {
    const members = memberIds.map((memberId) => ({ memberId, groupInstanceId: null }));
    const answer = await this.#connection.ask('LeaveGroup', { groupId, members }, ({ error }) => error);
    const refused = answer.members.find(({ error }) => error !== 'NONE' && error !== 'UNKNOWN_MEMBER_ID');
    if (refused) throw failure(refused.error, `LeaveGroup of ${groupId}`);
  }

  async deleteGroup(groupId: string): Promise<void> {
    const { error } = await this.#connection.ask('DeleteGroups', { groupId }, (response) => response.error);
    if (error !== 'NONE' && error !== 'GROUP_ID_NOT_FOUND') throw failure(error, `DeleteGroups of ${groupId}`);
  }

  #metadata(topics: readonly string[] | null) {
    return this.#connection.ask('Metadata', { topics, allowAutoTopicCreation: false }, () => 'NONE');
  }
}

function firstRefused(partitions: readonly Answered[]): Answered | undefined {
  return partitions.find(({ error }) => error !== 'NONE');
}

function partitionFailure({ topic, partition, error }: Answered, what: string): Error {
  return failure(error, what, { topic, partition });
}

import { StreamsError } from '../../core/errors.ts';
import type { PartitionOffset, TopicPartition } from '../../core/record.ts';
import type { GroupDescription, IsolationLevel, KafkaAdmin, NewTopic, TopicDescription } from '../client.ts';
import { isMissing, type Cluster } from '../cluster/cluster.ts';
import { kafkaFailure, throwFirst } from '../cluster/kafka-failure.ts';
import { kafkaErrorOf } from '../wire/kafka-errors.ts';
import { createTopics } from '../wire/requests/create-topics.ts';
import { deleteGroup } from '../wire/requests/delete-groups.ts';
import { deleteRecords } from '../wire/requests/delete-records.ts';
import { deleteTopics } from '../wire/requests/delete-topics.ts';
import { leaveGroup } from '../wire/requests/leave-group.ts';
import { describeGroups } from '../wire/requests/describe-groups.ts';
import { EARLIEST, LATEST, listOffsets } from '../wire/requests/list-offsets.ts';
import type { TopicMetadata } from '../wire/requests/metadata.ts';
import { GroupOffsets } from './group-offsets.ts';

const LANE = 'control';

/** The control requests, each retried until the request time limit. */
export function clusterAdmin(cluster: Cluster): KafkaAdmin {
  const offsets = new GroupOffsets(cluster);

  async function topicsNamed(names: readonly string[]): Promise<TopicMetadata[]> {
    if (names.length === 0) return [];
    const { topics } = await cluster.metadata(names);
    const found = topics.filter((topic) => !isMissing(topic));
    throwFirst(
      found
        .filter(({ errorCode }) => kafkaErrorOf(errorCode).name !== 'LEADER_NOT_AVAILABLE')
        .map(({ name, errorCode }) => ({ topic: name, errorCode })),
      'Metadata',
    );
    return found;
  }

  /** Repeats the metadata request until the topics are as wanted everywhere: both changes take a moment to arrive. */
  function settled(names: readonly string[], isSettled: (found: TopicMetadata[]) => boolean): Promise<void> {
    return cluster.retrying(async () => {
      if (isSettled(await topicsNamed(names))) return;
      throw new StreamsError('KAFKA_RETRIABLE', `topics are not in place yet: ${names.join(', ')}`);
    });
  }

  async function controller(): Promise<number> {
    return (await cluster.metadata([])).controllerId;
  }

  async function offsetsAt(
    partitions: readonly TopicPartition[],
    timestamp: number,
    isolation: IsolationLevel,
  ): Promise<PartitionOffset[]> {
    const left = new Map(partitions.map((each) => [`${each.topic}-${each.partition}`, each]));
    const found: PartitionOffset[] = [];
    await cluster.retrying(async () => {
      const groups = await cluster.byLeader([...left.values()]);
      await Promise.all(
        [...groups].map(async ([leader, members]) => {
          const entries = members.map(({ topic, partition }) => ({ topic, partition, timestamp }));
          try {
            const answers = await cluster.send(leader, LANE, listOffsets(entries, isolation));
            for (const { topic, partition, offset, errorCode } of answers) {
              if (errorCode !== 0) continue;
              found.push({ topic, partition, offset });
              left.delete(`${topic}-${partition}`);
            }
            throwFirst(answers, 'ListOffsets');
          } catch (error) {
            for (const { topic } of members) cluster.leaderFailed(topic, error);
            throw error;
          }
        }),
      );
    });
    return found;
  }

  return {
    clusterId: async () => {
      if (cluster.clusterId === null) await cluster.retrying(() => cluster.metadata([]));
      return cluster.clusterId ?? '';
    },

    listTopics: async () => {
      const { topics } = await cluster.retrying(() => cluster.metadata(null));
      return topics.map(({ name }) => name);
    },

    describeTopics: async (names) => {
      const found = await cluster.retrying(() => topicsNamed(names));
      return new Map(
        found.map(({ name, id, internal, partitions }): [string, TopicDescription] => [
          name,
          { name, id, internal, partitions: partitions.length },
        ]),
      );
    },

    createTopics: async (topics: readonly NewTopic[]) => {
      if (topics.length === 0) return;
      await cluster.retrying(async () => {
        const results = await cluster.send(await controller(), LANE, createTopics(topics, cluster.requestTimeoutMs));
        for (const { topic, errorCode, errorMessage } of results) {
          if (errorCode === 0 || kafkaErrorOf(errorCode).name === 'TOPIC_ALREADY_EXISTS') continue;
          throw kafkaFailure(errorCode, 'CreateTopics', { topic }, errorMessage);
        }
      });
      const names = topics.map(({ name }) => name);
      await settled(
        names,
        (found) =>
          found.length === new Set(names).size &&
          found.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)),
      );
    },

    deleteTopics: async (names) => {
      if (names.length === 0) return;
      await cluster.retrying(async () => {
        const results = await cluster.send(await controller(), LANE, deleteTopics(names, cluster.requestTimeoutMs));
        const failed = results.filter(({ errorCode }) => kafkaErrorOf(errorCode).name !== 'UNKNOWN_TOPIC_OR_PARTITION');
        throwFirst(failed, 'DeleteTopics');
      });
      await settled(names, (found) => found.length === 0);
    },

    listOffsets: async (partitions, at, isolation = 'read_uncommitted') => {
      if (at === 'earliest') return offsetsAt(partitions, EARLIEST, isolation);
      if (at === 'latest') return offsetsAt(partitions, LATEST, isolation);
      const found = await offsetsAt(partitions, at, isolation);
      const none = found.filter(({ offset }) => offset < 0);
      const ends = await offsetsAt(none, LATEST, isolation);
      return [...found.filter(({ offset }) => offset >= 0), ...ends];
    },

    deleteRecords: (offsets) =>
      cluster.retrying(async () => {
        for (const [leader, members] of await cluster.byLeader(offsets)) {
          try {
            throwFirst(
              await cluster.send(leader, LANE, deleteRecords(members, cluster.requestTimeoutMs)),
              'DeleteRecords',
            );
          } catch (error) {
            for (const { topic } of members) cluster.leaderFailed(topic, error);
            throw error;
          }
        }
      }),

    fetchOffsets: (groupId, partitions) => offsets.fetch(groupId, partitions ?? null, LANE),

    commitOffsets: async (groupId, committed) => {
      const group = { groupId, generationId: -1, memberId: '', groupInstanceId: null };
      try {
        await offsets.commit(group, committed, LANE);
      } catch (error) {
        if (!(error instanceof StreamsError) || error.code !== 'FENCED') throw error;
        throw new StreamsError(
          'KAFKA_ERROR',
          `the group ${groupId} has members: stop them before its offsets are set`,
          {
            cause: error,
            ...(error.kafkaError === undefined ? {} : { kafkaError: error.kafkaError }),
          },
        );
      }
    },

    describeGroup: (groupId) =>
      cluster.retrying(async (): Promise<GroupDescription> => {
        const group = await cluster.sendToCoordinator(
          'group',
          groupId,
          LANE,
          describeGroups(groupId),
          (it) => it?.errorCode ?? 0,
        );
        if (group === undefined) return { groupId, state: 'Dead', members: [] };
        if (group.errorCode !== 0) throw kafkaFailure(group.errorCode, `DescribeGroups of ${groupId}`);
        return { groupId, state: group.state, members: group.members };
      }),

    removeMembers: async (groupId, memberIds) => {
      for (const memberId of memberIds) {
        await cluster.retrying(async () => {
          const request = leaveGroup({ groupId, memberId, groupInstanceId: null });
          const code = await cluster.sendToCoordinator('group', groupId, LANE, request, (it) => it);
          if (code !== 0 && kafkaErrorOf(code).name !== 'UNKNOWN_MEMBER_ID') {
            throw kafkaFailure(code, `LeaveGroup of ${groupId}`);
          }
        });
      }
    },

    deleteGroup: (groupId) =>
      cluster.retrying(async () => {
        const code = await cluster.sendToCoordinator('group', groupId, LANE, deleteGroup(groupId), (it) => it);
        if (code !== 0 && kafkaErrorOf(code).name !== 'GROUP_ID_NOT_FOUND') {
          throw kafkaFailure(code, `DeleteGroups of ${groupId}`);
        }
      }),
  };
}

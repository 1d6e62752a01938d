import { partitionName, type TopicPartition } from '../../core/record.ts';
import type { CommittedOffset, GroupMetadata } from '../client.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { kafkaFailure, throwFirst, topicMissing } from '../cluster/kafka-failure.ts';
import { kafkaErrorOf } from '../wire/kafka-errors.ts';
import { offsetCommit } from '../wire/requests/offset-commit.ts';
import { offsetFetch } from '../wire/requests/offset-fetch.ts';

/** A topic may be missing this long, after a metadata change that has not arrived everywhere, before it counts as missing. */
const MISSING_PATIENCE_MS = 2000;
/** Positions may be pending this long, as after every kill, before the log says so. */
const PENDING_PATIENCE_MS = 5_000;

/** Committed offsets of groups, asked of and told to their coordinators. */
export class GroupOffsets {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Of all partitions of the group for null; partitions without a commit are left out. Waits for open transactions to end. */
  async fetch(groupId: string, partitions: readonly TopicPartition[] | null, lane: string): Promise<CommittedOffset[]> {
    if (partitions?.length === 0) return [];
    const begun = performance.now();
    let told = false;
    return this.#cluster.retrying(async () => {
      const request = offsetFetch(groupId, partitions);
      const answer = await this.#cluster.sendToCoordinator('group', groupId, lane, request, (it) => it.errorCode);
      if (answer.errorCode !== 0) throw kafkaFailure(answer.errorCode, `OffsetFetch of ${groupId}`);
      const pending = answer.offsets.filter(
        ({ errorCode }) => kafkaErrorOf(errorCode).name === 'UNSTABLE_OFFSET_COMMIT',
      );
      if (pending.length > 0 && !told && performance.now() - begun > PENDING_PATIENCE_MS) {
        told = true;
        this.#cluster.logger.warn(
          { groupId, partitions: pending.map(({ topic, partition }) => partitionName(topic, partition)) },
          'committed positions are not known yet: a transaction that commits some of them is open at the broker',
        );
      }
      throwFirst(answer.offsets, `OffsetFetch of ${groupId}`);
      return answer.offsets
        .filter(({ offset }) => offset >= 0)
        .map(({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata }));
    });
  }

  /** @throws TOPIC_MISSING, and FENCED when the generation or member is not the group's any more */
  async commit(group: GroupMetadata, offsets: readonly CommittedOffset[], lane: string): Promise<void> {
    if (offsets.length === 0) return;
    let missingSince = 0;
    await this.#cluster.retrying(async () => {
      const request = offsetCommit(group, offsets);
      const results = await this.#cluster.sendToCoordinator(
        'group',
        group.groupId,
        lane,
        request,
        (it) => it.find(({ errorCode }) => errorCode !== 0)?.errorCode ?? 0,
      );
      const missing = results.find(({ errorCode }) => kafkaErrorOf(errorCode).name === 'UNKNOWN_TOPIC_OR_PARTITION');
      if (missing !== undefined) {
        if (missingSince === 0) missingSince = performance.now();
        else if (performance.now() - missingSince > MISSING_PATIENCE_MS) throw topicMissing(missing.topic);
      }
      throwFirst(results, `OffsetCommit of ${group.groupId}`);
    });
  }
}

import { ERROR_CODES, type ErrorCode, StreamsError } from '../../core/errors.ts';
import type { GroupMember, KafkaClient } from '../../kafka/client.ts';
import type { TopologyPlan } from '../../topology/topology.ts';
import type { ResolvedConfig } from '../config.ts';
import type { HostTasks } from '../queries/host-tasks.ts';
import { type PartitionPlan, planFromCounts, sourceTopics } from '../partition-plan.ts';
import { decodeAssignment, encodeAssignment, encodeSubscription } from './group-messages.ts';
import { clientTags, shareOut } from './share-out.ts';

export interface GroupSessionOptions {
  readonly client: KafkaClient;
  readonly config: ResolvedConfig;
  readonly plan: TopologyPlan;
  readonly processId: string;
  /** Which thread of the process this is, from 1. */
  readonly index: number;
  /** Of each task that runs here or whose state is here: RUNNING, or the sum of the changelog positions it includes. */
  readonly offsets: () => ReadonlyMap<string, number>;
}

export interface Assignment {
  readonly tasks: readonly string[];
  readonly standbys: readonly string[];
  readonly partitionPlan: PartitionPlan;
  /** Who has which tasks, for those who answer queries. */
  readonly hosts: readonly HostTasks[];
}

export const GROUP_PROTOCOL = 'topology-streams';

/** This thread's place in the group: joins, leads when it is the leader, and says which tasks are its own. */
export class GroupSession {
  readonly member: GroupMember;
  readonly #options: GroupSessionOptions;
  #round = 0;
  /** When to ask for a round that looks whether warm-ups are ready; null: nothing waits for one. */
  #probeAt: number | null = null;

  constructor(options: GroupSessionOptions) {
    this.#options = options;
    const { config, client, plan, processId, index } = options;
    const { groupInstanceId } = config;
    // Kafka Streams numbers the first one too; here it keeps the name it had with one thread.
    const instance = index === 1 || groupInstanceId === undefined ? groupInstanceId : `${groupInstanceId}-${index}`;
    this.member = client.member({
      groupId: config.applicationId,
      sessionTimeoutMs: config.sessionTimeoutMs,
      rebalanceTimeoutMs: config.maxPollIntervalMs,
      heartbeatIntervalMs: config.heartbeatIntervalMs,
      ...(instance === undefined ? {} : { groupInstanceId: instance }),
      protocol: GROUP_PROTOCOL,
      subscription: () => this.#subscription(),
      assign: async (members) => {
        const messages = await shareOut(members, { plan, config, admin: client.admin, processId });
        return new Map([...messages].map(([memberId, message]) => [memberId, encodeAssignment(message)]));
      },
    });
  }

  /** Whether it is time to look if warm-ups are ready: then join again. */
  get probeDue(): boolean {
    return this.#probeAt !== null && this.#options.config.clock.monotonic() >= this.#probeAt;
  }

  /** @throws what the leader could not do, in every member: TOPIC_MISSING, PARTITIONS_MISMATCH, … */
  async join(): Promise<Assignment> {
    if (this.probeDue) this.#round++;
    const { assignment } = await this.member.join();
    const { tasks, standbys, partitions, probe, error, hosts = [] } = decodeAssignment(assignment);
    if (error) {
      const code: ErrorCode = error.code in ERROR_CODES ? (error.code as ErrorCode) : 'ILLEGAL_STATE';
      throw new StreamsError(code, error.message);
    }
    const { plan, config } = this.#options;
    this.#probeAt = probe ? config.clock.monotonic() + config.probingRebalanceIntervalMs : null;
    const counts = new Map(Object.entries(partitions));
    return { tasks, standbys, hosts, partitionPlan: planFromCounts(plan, config.applicationId, counts) };
  }

  #subscription(): Buffer {
    const { plan, config, processId, offsets } = this.#options;
    const sources = plan.subTopologies.flatMap((sub) => sub.sources);
    const topics = sources.flatMap((node) => sourceTopics(node, config.applicationId, []));
    const { applicationServer: server } = config;
    const host = typeof server === 'function' ? server() : server;
    return encodeSubscription({
      topics: [...new Set(topics)].sort(),
      offsets: offsets(),
      processId,
      tags: clientTags(config),
      round: this.#round,
      ...(host === undefined || host === null ? {} : { host }),
    });
  }
}

import { ERROR_CODES, type ErrorCode, messageOf, StreamsError } from '../core/errors.ts';
import type { GroupMember, KafkaClient, MemberSubscription } from '../kafka/client.ts';
import type { TopologyPlan } from '../topology/topology.ts';
import { assignTasks } from './assignor.ts';
import type { ResolvedConfig } from './config.ts';
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './group-messages.ts';
import { makePartitionPlan, type PartitionPlan, planFromCounts, sourceTopics } from './partition-plan.ts';

export interface GroupSessionOptions {
  readonly client: KafkaClient;
  readonly config: ResolvedConfig;
  readonly plan: TopologyPlan;
  readonly processId: string;
  /** Which thread of the process this is, from 1. */
  readonly index: number;
  /** Tasks whose state is here. */
  readonly tasks: () => readonly string[];
}

export interface Assignment {
  readonly tasks: readonly string[];
  readonly partitionPlan: PartitionPlan;
}

export const GROUP_PROTOCOL = 'topology-streams';

/** This thread's place in the group: joins, leads when it is the leader, and says which tasks are its own. */
export class GroupSession {
  readonly member: GroupMember;
  readonly #options: GroupSessionOptions;

  constructor(options: GroupSessionOptions) {
    this.#options = options;
    const { config, client, index } = options;
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
      assign: (members) => this.#assign(members),
    });
  }

  /** @throws what the leader could not do, in every member: TOPIC_MISSING, PARTITIONS_MISMATCH, … */
  async join(): Promise<Assignment> {
    const { assignment } = await this.member.join();
    const { tasks, partitions, error } = decodeAssignment(assignment);
    if (error) {
      const code: ErrorCode = error.code in ERROR_CODES ? (error.code as ErrorCode) : 'ILLEGAL_STATE';
      throw new StreamsError(code, error.message);
    }
    const { plan, config } = this.#options;
    return { tasks, partitionPlan: planFromCounts(plan, config.applicationId, new Map(Object.entries(partitions))) };
  }

  #subscription(): Buffer {
    const { plan, config, processId, tasks } = this.#options;
    const sources = plan.subTopologies.flatMap((sub) => sub.sources);
    const topics = sources.flatMap((node) => sourceTopics(node, config.applicationId, []));
    return encodeSubscription({ topics: [...new Set(topics)].sort(), tasks: tasks(), processId });
  }

  async #assign(members: readonly MemberSubscription[]): Promise<ReadonlyMap<string, Buffer>> {
    const { plan, config, client, processId } = this.#options;
    const stop = members.map(({ subscription }) => decodeSubscription(subscription).stop).find(Boolean);
    if (stop !== undefined) return tellEveryone(members, 'SHUTDOWN_REQUESTED', stop);
    try {
      const { applicationId, replicationFactor } = config;
      const found = await makePartitionPlan({ plan, applicationId, admin: client.admin, replicationFactor });
      const known = members.map(({ memberId, subscription }) => ({
        id: memberId,
        previous: decodeSubscription(subscription).tasks,
      }));
      config.logger.debug({ members: members.length, tasks: found.tasks.size, processId }, 'assigning tasks');
      const tasks = assignTasks([...found.tasks.keys()], known);
      const partitions = Object.fromEntries(found.partitions);
      return new Map(
        [...tasks].map(([memberId, own]) => {
          const owned = own.flatMap((task) => found.tasks.get(task)?.sources ?? []);
          return [memberId, encodeAssignment({ tasks: own, partitions, owned, error: null })];
        }),
      );
    } catch (error) {
      if (error instanceof StreamsError && error.retriable) throw error;
      const code = error instanceof StreamsError ? error.code : 'ILLEGAL_STATE';
      return tellEveryone(members, code, messageOf(error));
    }
  }
}

/** No tasks, and why: every member stops with it. */
export function tellEveryone(members: readonly MemberSubscription[], code: ErrorCode, message: string) {
  const told = encodeAssignment({ tasks: [], partitions: {}, owned: [], error: { code, message } });
  return new Map(members.map(({ memberId }) => [memberId, told]));
}

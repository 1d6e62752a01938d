import { ERROR_CODES, type ErrorCode, messageOf, StreamsError } from '../core/errors.ts';
import type { GroupMember, KafkaClient, MemberSubscription } from '../kafka/client.ts';
import type { TopologyPlan } from '../topology/topology.ts';
import { assignTasks } from './assignor.ts';
import type { ResolvedConfig } from './config.ts';
import {
  type AssignmentMessage,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './group-messages.ts';
import { type HostTasks, hostTasks } from './queries/host-tasks.ts';
import { makePartitionPlan, type PartitionPlan, planFromCounts, sourceTopics } from './partition-plan.ts';

export interface GroupSessionOptions {
  readonly client: KafkaClient;
  readonly config: ResolvedConfig;
  readonly plan: TopologyPlan;
  readonly processId: string;
  /** Tasks whose state is here. */
  readonly tasks: () => readonly string[];
}

export interface Assignment {
  readonly tasks: readonly string[];
  readonly partitionPlan: PartitionPlan;
  /** Who has which tasks, for those who answer queries. */
  readonly hosts: readonly HostTasks[];
}

const PROTOCOL = 'topology-streams';

/** This thread's place in the group: joins, leads when it is the leader, and says which tasks are its own. */
export class GroupSession {
  readonly member: GroupMember;
  readonly #options: GroupSessionOptions;

  constructor(options: GroupSessionOptions) {
    this.#options = options;
    const { config, client } = options;
    this.member = client.member({
      groupId: config.applicationId,
      sessionTimeoutMs: config.sessionTimeoutMs,
      rebalanceTimeoutMs: config.maxPollIntervalMs,
      heartbeatIntervalMs: config.heartbeatIntervalMs,
      ...(config.groupInstanceId === undefined ? {} : { groupInstanceId: config.groupInstanceId }),
      protocol: PROTOCOL,
      subscription: () => this.#subscription(),
      assign: (members) => this.#assign(members),
    });
  }

  /** @throws what the leader could not do, in every member: TOPIC_MISSING, PARTITIONS_MISMATCH, … */
  async join(): Promise<Assignment> {
    const { assignment } = await this.member.join();
    const { tasks, partitions, error, hosts = [] } = decodeAssignment(assignment);
    if (error) {
      const code: ErrorCode = error.code in ERROR_CODES ? (error.code as ErrorCode) : 'ILLEGAL_STATE';
      throw new StreamsError(code, error.message);
    }
    const { plan, config } = this.#options;
    const counts = new Map(Object.entries(partitions));
    return { tasks, hosts, partitionPlan: planFromCounts(plan, config.applicationId, counts) };
  }

  #subscription(): Buffer {
    const { plan, config, processId, tasks } = this.#options;
    const sources = plan.subTopologies.flatMap((sub) => sub.sources);
    const topics = sources.flatMap((node) => sourceTopics(node, config.applicationId, []));
    const { applicationServer: server } = config;
    const host = typeof server === 'function' ? server() : server;
    const hosted = host === undefined || host === null ? {} : { host };
    return encodeSubscription({ topics: [...new Set(topics)].sort(), tasks: tasks(), processId, ...hosted });
  }

  async #assign(members: readonly MemberSubscription[]): Promise<ReadonlyMap<string, Buffer>> {
    const { plan, config, client, processId } = this.#options;
    const everyone = (message: AssignmentMessage) =>
      new Map(members.map(({ memberId }) => [memberId, encodeAssignment(message)]));
    try {
      const { applicationId, replicationFactor } = config;
      const found = await makePartitionPlan({ plan, applicationId, admin: client.admin, replicationFactor });
      const known = members.map(({ memberId, subscription }) => {
        const { tasks, host = '' } = decodeSubscription(subscription);
        return { id: memberId, previous: tasks, host };
      });
      config.logger.debug({ members: members.length, tasks: found.tasks.size, processId }, 'assigning tasks');
      const tasks = assignTasks([...found.tasks.keys()], known);
      const partitions = Object.fromEntries(found.partitions);
      const hosts = hostTasks(known.map(({ id, host }) => ({ host, active: tasks.get(id) ?? [], standby: [] })));
      const told = hosts.length === 0 ? {} : { hosts };
      return new Map(
        [...tasks].map(([memberId, own]) => {
          const owned = own.flatMap((task) => found.tasks.get(task)?.sources ?? []);
          return [memberId, encodeAssignment({ tasks: own, partitions, owned, error: null, ...told })];
        }),
      );
    } catch (error) {
      if (error instanceof StreamsError && error.retriable) throw error;
      const code = error instanceof StreamsError ? error.code : 'ILLEGAL_STATE';
      return everyone({ tasks: [], partitions: {}, owned: [], error: { code, message: messageOf(error) } });
    }
  }
}

import { type ErrorCode, messageOf, StreamsError } from '../../core/errors.ts';
import type { KafkaAdmin, MemberSubscription } from '../../kafka/client.ts';
import type { TopologyPlan } from '../../topology/topology.ts';
import type { ResolvedConfig } from '../config.ts';
import { makePartitionPlan, type PartitionPlan } from '../partition-plan.ts';
import { hostTasks } from '../queries/host-tasks.ts';
import { findBounds } from '../restore/changelog-bounds.ts';
import { changelogsOf } from '../restore/changelog.ts';
import { assignTasks } from './assign-tasks.ts';
import type { AssignorTask } from './assignor.ts';
import {
  type AssignmentMessage,
  decodeSubscription,
  refusal,
  type SubscriptionMessage,
  USER_DATA_FORMAT,
} from './group-messages.ts';

export interface ShareOutOptions {
  readonly plan: TopologyPlan;
  readonly config: ResolvedConfig;
  readonly admin: KafkaAdmin;
  /** Of the leader itself. */
  readonly processId: string;
}

/**
 * What the leader does: finds the tasks there are and how long their changelogs are, and tells each member which are its
 * own. What cannot be done is told to every member. @throws what may be done later
 */
export async function shareOut(
  members: readonly MemberSubscription[],
  options: ShareOutOptions,
): Promise<ReadonlyMap<string, AssignmentMessage>> {
  const stop = members.map(({ subscription }) => decodeSubscription(subscription).stop).find(Boolean);
  if (stop !== undefined) return tellEveryone(members, 'SHUTDOWN_REQUESTED', stop);
  const known = members.map(({ memberId, subscription }) => ({ id: memberId, ...decodeSubscription(subscription) }));
  try {
    const refused = known.filter(({ format }) => format > USER_DATA_FORMAT);
    const understood = known.filter(({ format }) => format <= USER_DATA_FORMAT);
    const assigned = await assignAll(understood, options);
    return new Map([...assigned, ...refused.map((member) => [member.id, refuseFormat(member)] as const)]);
  } catch (error) {
    if (error instanceof StreamsError && error.retriable) throw error;
    const code = error instanceof StreamsError ? error.code : 'ILLEGAL_STATE';
    return tellEveryone(members, code, messageOf(error));
  }
}

/** No tasks, and why: every member stops with it. */
export function tellEveryone(
  members: readonly MemberSubscription[],
  code: ErrorCode,
  message: string,
): ReadonlyMap<string, AssignmentMessage> {
  const told = refusal(code, message);
  return new Map(members.map(({ memberId }) => [memberId, told]));
}

async function assignAll(
  members: readonly (SubscriptionMessage & { readonly id: string })[],
  options: ShareOutOptions,
) {
  const { plan, config, admin, processId } = options;
  const { applicationId, replicationFactor } = config;
  const found = await makePartitionPlan({ plan, applicationId, admin, replicationFactor });
  const tasks = await assignorTasks(found, options);
  const { members: assigned, moving } = assignTasks(tasks, members, {
    acceptableRecoveryLag: config.acceptableRecoveryLag,
    numStandbyReplicas: config.numStandbyReplicas,
    maxWarmupReplicas: config.maxWarmupReplicas,
    rackAwareAssignmentTags: spreadTags(config),
  });
  config.logger.info({ members: members.length, tasks: tasks.length, moving }, 'tasks shared out');
  const partitions = Object.fromEntries(found.partitions);
  const prober = moving > 0 ? members.find((member) => member.processId === processId)?.id : undefined;
  const hosts = hostTasks(
    members.map(({ id, host = '' }) => ({ host, ...(assigned.get(id) ?? { active: [], standby: [] }) })),
  );
  const told = hosts.length === 0 ? {} : { hosts };
  return [...assigned].map(([memberId, { active, standby }]): readonly [string, AssignmentMessage] => {
    const sources = active.flatMap((task) => found.tasks.get(task)?.sources ?? []);
    const owned = sources.map(({ topic, partition }) => ({ topic, partition }));
    const probe = memberId === prober;
    return [memberId, { tasks: active, standbys: standby, partitions, owned, probe, error: null, ...told }];
  });
}

async function assignorTasks(found: PartitionPlan, { config, admin }: ShareOutOptions): Promise<AssignorTask[]> {
  const changelogs = new Map([...found.tasks].map(([id, task]) => [id, changelogsOf(config.applicationId, task)]));
  const all = [...changelogs.values()].flat();
  // Where the leader may not look, tasks stay where they run: whose changelog it is tries again by itself.
  const boundsOf =
    all.length === 0
      ? null
      : await findBounds(admin, all).catch((error: unknown) => {
          const refused = error instanceof StreamsError && error.kafkaError?.endsWith('_AUTHORIZATION_FAILED');
          if (refused !== true) throw error;
          const err = messageOf(error);
          config.logger.warn({ err }, 'the ends of changelogs are not known: tasks are shared out without');
          return null;
        });
  return [...changelogs].map(([id, own]) => ({
    id,
    endOffsets: own.length === 0 ? null : own.reduce((sum, changelog) => sum + (boundsOf?.(changelog).end ?? 0), 0),
  }));
}

/** The tags that this process tells of itself. */
export function clientTags({ clientTags: tags, rack }: Pick<ResolvedConfig, 'clientTags' | 'rack'>) {
  return rack === undefined ? tags : { ...tags, rack };
}

function spreadTags({ rackAwareAssignmentTags: tags, rack }: ResolvedConfig): readonly string[] {
  return rack === undefined || tags.includes('rack') ? tags : [...tags, 'rack'];
}

function refuseFormat({ format }: SubscriptionMessage): AssignmentMessage {
  return refusal(
    'ILLEGAL_STATE',
    `this member speaks format ${format} of the group's user data, the group's leader only up to ${USER_DATA_FORMAT}: ` +
      'upgrade the other members, or start this one again once an upgraded member leads the group',
  );
}

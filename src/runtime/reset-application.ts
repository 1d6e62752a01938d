import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StreamsError } from '../core/errors.ts';
import type { KafkaAdmin, KafkaClient } from '../kafka/client.ts';
import { removeAppState } from '../state/task-folders.ts';
import type { Topology } from '../topology/topology.ts';
import { planReset, type ResetPlan, type ResetPosition } from './reset-plan.ts';

export interface ResetOptions {
  readonly topology: Topology;
  readonly applicationId: string;
  /** Connected. */
  readonly client: KafkaClient;
  /** As in the application's configuration (default `.topology-streams/state`). */
  readonly stateDir?: string;
  /** Default `earliest`. */
  readonly position?: ResetPosition;
  /** Further topics to delete, out of the plan's `unknownTopics`. */
  readonly internalTopics?: readonly string[];
  /** Removes the members that the group has: those of instances that are gone, and whose session has not expired. Default false. */
  readonly force?: boolean;
  /** false (default): only says what would be done. */
  readonly execute?: boolean;
}

const EMPTY_PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;

/**
 * Sets an application back, so that its next start reads its input anew and builds its state from nothing, as Kafka's
 * `kafka-streams-application-reset` does: removes its state on this machine, deletes its repartition, retry and changelog
 * topics, and moves the group's positions. Stop all instances first. State on other machines wipes itself at their next
 * start, since the changelogs are others by then. Output, dead letters and tables are left as they are.
 *
 * A table keeps the position of what it has taken in itself. One that is fed by an input topic goes on from there, whatever
 * the group's position says; one that is fed by an internal topic gets everything again, behind what it has. To fill a table
 * anew, remove it first; with a merge table rows that come again replace themselves.
 *
 * What was interrupted is completed by running it again.
 *
 * @throws ILLEGAL_STATE when the group has members and `force` is not set; STATE_DIR_LOCKED; CONFIG_INVALID for an internal
 *   topic that is not this application's
 */
export async function resetApplication(options: ResetOptions): Promise<ResetPlan> {
  const { topology, applicationId, client, position = 'earliest', execute = false } = options;
  const stateDir = join(options.stateDir ?? '.topology-streams/state', applicationId);
  const { admin } = client;
  const found = await planReset({ plan: topology.plan, applicationId, admin, stateDir, position });
  const plan = withTopics(found, options.internalTopics ?? []);
  if (!execute) return plan;
  await emptyGroup(admin, plan, options.force ?? false);
  await removeAppState(stateDir);
  await admin.deleteTopics(plan.internalTopics);
  // Together with the positions of topics that are gone: under their old names, those would hold for the new ones.
  await admin.deleteGroup(applicationId);
  const moved = plan.offsets.map(({ topic, partition, to }) => ({ topic, partition, offset: to, metadata: '' }));
  const offsets = [...moved, ...plan.keptOffsets];
  if (offsets.length > 0) await admin.commitOffsets(applicationId, offsets);
  return plan;
}

function withTopics(plan: ResetPlan, topics: readonly string[]): ResetPlan {
  const wrong = topics.find((topic) => !plan.unknownTopics.includes(topic) && !plan.internalTopics.includes(topic));
  if (wrong !== undefined) {
    const known = [...plan.internalTopics, ...plan.unknownTopics].join(', ') || 'none';
    throw new StreamsError(
      'CONFIG_INVALID',
      `${wrong} is no internal topic of ${plan.applicationId}; those that exist are ${known}`,
    );
  }
  return {
    ...plan,
    internalTopics: [...new Set([...plan.internalTopics, ...topics])].sort(),
    unknownTopics: plan.unknownTopics.filter((topic) => !topics.includes(topic)),
    keptOffsets: plan.keptOffsets.filter(({ topic }) => !topics.includes(topic)),
  };
}

async function emptyGroup(admin: KafkaAdmin, { applicationId, group }: ResetPlan, force: boolean): Promise<void> {
  if (group.members.length === 0) return;
  const who = group.members.map(({ clientId, host }) => `${clientId} on ${host.replace(/^\//, '')}`).join(', ');
  if (!force) {
    throw new StreamsError(
      'ILLEGAL_STATE',
      `${applicationId} has members (${who}): stop all instances and try again. ` +
        `A killed instance stays a member until its session expires; force removes it at once`,
    );
  }
  await admin.removeMembers(
    applicationId,
    group.members.map(({ memberId }) => memberId),
  );
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const { members } = await admin.describeGroup(applicationId);
    if (members.length === 0) return;
    if (waited >= EMPTY_PATIENCE_MS) {
      throw new StreamsError('ILLEGAL_STATE', `members of ${applicationId} come back: an instance still runs, stop it`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

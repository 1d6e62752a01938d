import { messageOf } from '../core/errors.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { ResolvedConfig } from './config.ts';
import { encodeAssignment, encodeSubscription } from './group/group-messages.ts';
import { GROUP_PROTOCOL } from './group/group-session.ts';
import { tellEveryone } from './group/share-out.ts';
import { within } from './within.ts';

/** A member that works through its records joins late; one that takes longer is not waited for. */
const PATIENCE_MS = 60_000;

/**
 * Asks all instances of the application to stop (KIP-671): joins the group with the reason in its user data. The leader of
 * that rebalance hands the reason to every member in place of tasks.
 */
export async function announceStop(
  client: KafkaClient,
  config: ResolvedConfig,
  processId: string,
  reason: string,
): Promise<void> {
  const member = client.member({
    groupId: config.applicationId,
    sessionTimeoutMs: config.sessionTimeoutMs,
    rebalanceTimeoutMs: config.maxPollIntervalMs,
    heartbeatIntervalMs: config.heartbeatIntervalMs,
    protocol: GROUP_PROTOCOL,
    subscription: () =>
      encodeSubscription({ topics: [], offsets: new Map(), processId, tags: {}, round: 0, stop: reason }),
    assign: (members) => {
      const messages = tellEveryone(members, 'SHUTDOWN_REQUESTED', reason);
      return Promise.resolve(new Map([...messages].map(([id, message]) => [id, encodeAssignment(message)])));
    },
  });
  try {
    const told = await within(Math.min(PATIENCE_MS, config.maxPollIntervalMs), member.join());
    if (!told) config.logger.warn('not all instances could be asked to stop in time');
  } catch (error) {
    config.logger.error({ err: messageOf(error) }, 'the other instances could not be asked to stop');
  } finally {
    await member.leave().catch(() => undefined);
  }
}

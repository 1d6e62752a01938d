import type { MemberSubscription } from '../../client.ts';
import type { WireRequest } from '../request.ts';

export interface JoinGroupQuery {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Empty for a member the coordinator does not know yet. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocol: string;
  readonly subscription: Buffer;
}

export interface JoinGroupAnswer {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocol: string;
  readonly leader: string;
  readonly memberId: string;
  /** Filled for the leader only. */
  readonly members: readonly MemberSubscription[];
}

/** JoinGroup v5: with static membership (KIP-345), member ids given by the coordinator (KIP-394). */
export function joinGroup(query: JoinGroupQuery): WireRequest<JoinGroupAnswer> {
  return {
    apiKey: 11,
    apiName: 'JoinGroup',
    versions: [5],
    flexibleFrom: 6,
    heldMs: query.rebalanceTimeoutMs,
    write: (writer) => {
      writer.string(query.groupId).int32(query.sessionTimeoutMs).int32(query.rebalanceTimeoutMs);
      writer.string(query.memberId).string(query.groupInstanceId).string('consumer');
      writer.array([query], ({ protocol, subscription }) => writer.string(protocol).bytes(subscription));
    },
    read: (reader) => {
      reader.int32();
      return {
        errorCode: reader.int16(),
        generationId: reader.int32(),
        protocol: reader.string(),
        leader: reader.string(),
        memberId: reader.string(),
        members: reader.array(() => ({
          memberId: reader.string(),
          groupInstanceId: reader.nullableString(),
          subscription: reader.bytes(),
        })),
      };
    },
  };
}

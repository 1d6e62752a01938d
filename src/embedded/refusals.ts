import type { KafkaErrorName } from './kafka-error.ts';
import type { JoinGroupResponse, SyncGroupResponse } from './protocol/groups.ts';

/** The answers to group requests that were refused, with Kafka's values for the other fields. */
export function joinRefused(error: KafkaErrorName, memberId: string): JoinGroupResponse {
  return { error, generationId: -1, protocolType: null, protocolName: null, leader: '', memberId, members: [] };
}

export function syncRefused(error: KafkaErrorName): SyncGroupResponse {
  return { error, assignment: Buffer.alloc(0) };
}

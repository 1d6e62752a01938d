import type { GroupMemberState } from './group-member.ts';
import type { JoinGroupRequest } from './protocol/groups.ts';

/** Whether a join fits the group: the same protocol type, and one protocol that all the others support too. */
export function supportsProtocols(
  members: ReadonlyMap<string, GroupMemberState>,
  protocolType: string | null,
  request: JoinGroupRequest,
): boolean {
  if (request.protocolType === '' || request.protocols.length === 0) return false;
  if (members.size === 0) return true;
  if (protocolType !== request.protocolType) return false;
  const others = [...members.values()].filter((member) => member.memberId !== request.memberId);
  return request.protocols.some(({ name }) => others.every((member) => hasProtocol(member, name)));
}

/** Of the protocols that all support, the one that most members like best. */
export function chosenProtocol(members: readonly GroupMemberState[]): string | null {
  const votes = new Map<string, number>();
  for (const member of members) {
    const liked = member.protocols.find(({ name }) => members.every((other) => hasProtocol(other, name)));
    if (liked) votes.set(liked.name, (votes.get(liked.name) ?? 0) + 1);
  }
  let chosen: string | null = null;
  for (const [name, count] of votes) if (chosen === null || count > (votes.get(chosen) ?? 0)) chosen = name;
  return chosen;
}

function hasProtocol(member: GroupMemberState, name: string): boolean {
  return member.protocols.some((protocol) => protocol.name === name);
}

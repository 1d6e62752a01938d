/** What one instance has, as the group's leader assigned it. */
export interface HostTasks {
  /** Its `applicationServer`, `host:port`. */
  readonly host: string;
  readonly active: readonly string[];
  readonly standby: readonly string[];
}

/** What the leader knows of one member when it has decided. */
export interface HostedMember {
  /** Empty for a member that cannot be asked. */
  readonly host: string;
  readonly active: readonly string[];
  readonly standby: readonly string[];
}

/** Puts the members of each instance together: its threads are members of their own. */
export function hostTasks(members: readonly HostedMember[]): HostTasks[] {
  const hosts = new Map<string, { active: string[]; standby: string[] }>();
  for (const { host, active, standby } of members) {
    if (host === '') continue;
    const found = hosts.get(host) ?? { active: [], standby: [] };
    found.active.push(...active);
    found.standby.push(...standby);
    hosts.set(host, found);
  }
  return [...hosts].map(([host, tasks]) => ({ host, ...tasks }));
}

/**
 * Task ids in few bytes, since each member is told of all of them: `0:1,2,5;3:0` are the partitions 1, 2 and 5 of
 * sub-topology 0, and partition 0 of sub-topology 3.
 */
export function packTasks(ids: readonly string[]): string {
  const partitions = new Map<string, string[]>();
  for (const id of ids) {
    const [sub = '', partition = ''] = id.split('_');
    partitions.set(sub, [...(partitions.get(sub) ?? []), partition]);
  }
  return [...partitions].map(([sub, list]) => `${sub}:${list.join(',')}`).join(';');
}

export function unpackTasks(packed: string): string[] {
  return packed.split(';').flatMap((group) => {
    const [sub = '', list = ''] = group.split(':');
    return list === '' ? [] : list.split(',').map((partition) => `${sub}_${partition}`);
  });
}

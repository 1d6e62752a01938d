import type { ResetPlan } from '../runtime/reset-plan.ts';

/** What a reset would do, or did, for people. */
export function resetText(plan: ResetPlan, done: boolean): string {
  const { applicationId, group, offsets, internalTopics, stateDir, stateEntries } = plan;
  const lines = [`${applicationId}${group.members.length > 0 ? `, which has ${group.members.length} members` : ''}`];
  const section = (title: string, entries: readonly string[]): void => {
    lines.push(`  ${title}`);
    lines.push(...(entries.length === 0 ? ['none'] : entries).map((entry) => `    ${entry}`));
  };
  section(
    done ? 'positions that were set' : 'positions to set',
    offsets.map(
      ({ topic, partition, from, to, own }) =>
        `${topic}-${partition}: ${from ?? 'none'} -> ${to}${own ? ' (written by the application itself: to its end)' : ''}`,
    ),
  );
  section(done ? 'internal topics that were deleted' : 'internal topics to delete', internalTopics);
  section(
    `local state ${done ? 'that was removed' : 'to remove'} from ${stateDir}`,
    stateEntries.length === 0 ? [] : [stateEntries.join(', ')],
  );
  lines.push(...notes(plan).map((note) => `  ${note}`));
  return `${lines.join('\n')}\n`;
}

function notes({ unknownTopics, missingTopics, sinks }: ResetPlan): string[] {
  const found: string[] = [];
  if (missingTopics.length > 0) found.push(`source topics that do not exist: ${missingTopics.join(', ')}`);
  if (unknownTopics.length > 0) {
    found.push(
      `not touched: ${unknownTopics.join(', ')}, not in this topology. ` +
        'If an earlier version of it made them, name them with --internal-topics',
    );
  }
  for (const { name, topics, internal } of sinks) {
    found.push(
      internal
        ? `${name} keeps its position in its table and ${topics.join(', ')} is kept: everything comes to the table again. ` +
            'Where rows are not merged by a key, remove the table first'
        : `${name} keeps its position in its table: it goes on from there, not from the position above. ` +
            'Remove the table to fill it anew',
    );
  }
  found.push('Output topics and dead letters stay as they are.');
  return found;
}

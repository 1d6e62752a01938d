import type { StageStatus, StoreSizeStatus } from '../observe/status.ts';
import type { StageState, StoreState, TaskState } from './state-report.ts';
import { sizeOf } from './table-text.ts';

/** A stage's state on disk, for people. */
export function stateText({ stage, applicationId, stateDir, tasks, positions }: StageState, now: number): string {
  const bytes = tasks.reduce((sum, task) => sum + task.bytes, 0);
  const lines = [`${stage} (${applicationId}): ${tasks.length} tasks, ${sizeOf(bytes)} in ${stateDir}`];
  for (const task of tasks) lines.push(...taskLines(task, now));
  for (const { topic, partition, committed, end, lag } of positions ?? []) {
    lines.push(`  ${topic}-${partition}: committed ${committed ?? 'nothing'}, end ${end}, lag ${lag}`);
  }
  return `${lines.join('\n')}\n`;
}

function taskLines({ task, bytes, writtenAt, stores }: TaskState, now: number): string[] {
  const written = writtenAt === 0 ? 'never written' : `written ${ago(now - writtenAt)} ago`;
  const open = stores === null ? ', open in a running process: ask that with --url' : '';
  return [`  ${task}: ${sizeOf(bytes)}, ${written}${open}`, ...(stores ?? []).map(storeLine)];
}

function storeLine({ name, kind, keys, bytes, exact, position, changelogLag }: StoreState): string {
  const size = `${exact ? '' : 'about '}${keys} keys, ${sizeOf(bytes)}`;
  const lag = changelogLag === null ? '' : changelogLag === 0 ? ', complete' : `, ${changelogLag} offsets to restore`;
  const changelog = position === null ? 'nothing of its changelog' : `changelog up to ${position}`;
  return `    ${name} (${kind}): ${size}, ${changelog}${lag}`;
}

/** A stage of a running process, for people. */
export function runningText({ name, applicationId, state, lag, tasks, standbys }: StageStatus): string {
  const copies = standbys.length === 0 ? '' : `, ${standbys.length} standbys`;
  const lines = [`${name} (${applicationId}): ${state}, ${tasks.length} tasks${copies}, lag ${lag ?? 'unknown'}`];
  for (const task of tasks) {
    const restoring = task.restoreRemaining > 0 ? `, ${task.restoreRemaining} offsets to restore` : '';
    lines.push(`  ${task.id}: ${task.processed} processed${restoring}`, ...task.sizes.map(sizeLine));
    for (const { store, percent, restored, rate, remaining } of task.restoring) {
      const speed = `${Math.round(rate)} records/s, ${remaining} offsets left`;
      lines.push(`    ${store}: ${percent} % restored, ${restored} records, ${speed}`);
    }
    for (const { topic, partition, position, committed, lag: behind } of task.partitions) {
      lines.push(`    ${topic}-${partition}: at ${position}, committed ${committed ?? 'nothing'}, lag ${behind}`);
    }
  }
  for (const { id, lag: behind, stores, sizes } of standbys) {
    lines.push(
      `  ${id} (standby): ${behind === null ? 'lag unknown' : `${behind} offsets behind`}`,
      ...sizes.map(sizeLine),
    );
    for (const { store, position, lag: left } of stores)
      lines.push(`    ${store}: changelog up to ${position}, lag ${left}`);
  }
  return `${lines.join('\n')}\n`;
}

function sizeLine({ store, diskBytes, uncommittedBytes }: StoreSizeStatus): string {
  const files = diskBytes === null ? 'no files known' : `about ${sizeOf(diskBytes)} in files`;
  return `    ${store}: ${files}, ${sizeOf(uncommittedBytes)} not committed`;
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

import { placeOf, type DeadLetter } from '../runtime/dead-letters/dead-letter.ts';
import type { DeadLetterSummary } from '../runtime/dead-letters/list-dead-letters.ts';
import type { Purged } from '../runtime/dead-letters/purge-dead-letters.ts';
import type { Replayed } from '../runtime/dead-letters/replay-dead-letters.ts';
import { showText, showValue } from './show-value.ts';

const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** A dead letter as data that may be shown. */
export function showDeadLetter(letter: DeadLetter): Readonly<Record<string, unknown>> {
  const { undecodable, origin, replayedAtMs, value, bytes, headers, key } = letter;
  return {
    record: placeOf(letter),
    timestamp: time(letter.timestamp),
    ids: letter.ids,
    reason: letter.reason,
    error: showText(letter.error),
    attempts: letter.attempts,
    failedAt: time(letter.failedAtMs),
    origin: origin === null ? null : placeOf(origin),
    replayedAt: time(replayedAtMs),
    key: showValue(key),
    value: showValue(undecodable === null ? value : bytes),
    ...(undecodable === null ? {} : { undecodable: showText(undecodable) }),
    headers: Object.fromEntries(
      headers.map((header) => [header.key, showValue(header.value?.toString('utf8') ?? null)]),
    ),
  };
}

/** For people: the same, without the stack, which `--json` has. */
export function deadLetterText(letter: DeadLetter): string {
  const shown = showDeadLetter(letter);
  const tries = letter.attempts === null ? '' : `, ${letter.attempts} ${letter.attempts === 1 ? 'try' : 'tries'}`;
  const lines = [
    `${placeOf(letter)}  ${letter.reason}${tries}, failed ${time(letter.failedAtMs)}`,
    `  error     ${showText(letter.error)}`,
  ];
  const ids = Object.entries(letter.ids);
  if (ids.length > 0) lines.push(`  about     ${ids.map(([kind, id]) => `${kind} ${id}`).join(', ')}`);
  if (letter.origin !== null) lines.push(`  from      ${placeOf(letter.origin)}`);
  lines.push(`  replayed  ${time(letter.replayedAtMs) ?? 'never'}`, `  key       ${inline(shown['key'])}`);
  if (letter.undecodable !== null) lines.push(`  value     cannot be decoded: ${showText(letter.undecodable)}`);
  lines.push(`  ${letter.undecodable === null ? 'value' : 'bytes'}     ${indent(shown['value'])}`);
  const headers = Object.entries(shown['headers'] as Record<string, unknown>);
  for (const [name, value] of headers) {
    if (!name.endsWith('.stacktrace')) lines.push(`  header    ${name}: ${inline(value)}`);
  }
  return `${lines.join('\n')}\n`;
}

export function summaryText(summaries: readonly DeadLetterSummary[]): string {
  const lines: string[] = [];
  for (const { topic, records, replayed, oldestMs, newestMs, reasons } of summaries) {
    lines.push(`${topic.padEnd(32)} ${String(records).padStart(8)}  ${replayed} replayed`);
    if (records === 0) continue;
    lines.push(`  oldest ${time(oldestMs)}, newest ${time(newestMs)}`);
    for (const [reason, count] of Object.entries(reasons))
      lines.push(`  ${reason.padEnd(30)} ${String(count).padStart(8)}`);
  }
  return `${lines.join('\n')}\n`;
}

export function replayText({ sent, before, refused }: Replayed, done: boolean): string {
  const lines = Object.entries(sent).map(([topic, count]) => `${count} ${done ? 'sent' : 'to send'} to ${topic}`);
  if (lines.length === 0) lines.push(`nothing ${done ? 'was sent' : 'to send'}`);
  if (before > 0) lines.push(`${before} left out: they were sent again before (--again sends them once more)`);
  for (const { place, why } of refused) lines.push(`${place} cannot be sent again: ${showText(why)}`);
  return `${lines.join('\n')}\n`;
}

export function purgeText({ deleted, neverReplayed }: Purged, done: boolean): string {
  const lines = Object.entries(deleted).map(
    ([topic, count]) => `${count} ${done ? 'deleted' : 'to delete'} from ${topic}`,
  );
  if (neverReplayed > 0) lines.push(`${neverReplayed} of them ${done ? 'had never been' : 'were never'} sent again`);
  return `${lines.join('\n')}\n`;
}

function inline(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function indent(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2).replaceAll('\n', '\n            ');
}

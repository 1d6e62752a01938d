import { InvalidArgumentError, type Command } from 'commander';

import type { DeadLetterFilter } from '../runtime/dead-letters/dead-letter-filter.ts';
import { collect, type ConfigFlags } from './flags.ts';
import { datetime, duration } from './reset-position.ts';

/** Which application, which topics, which dead letters. */
export interface DeadLetterFlags extends ConfigFlags {
  readonly app: string;
  readonly stage?: readonly string[];
  readonly topic?: readonly string[];
  readonly event?: readonly string[];
  readonly media?: readonly string[];
  readonly id?: readonly (readonly [string, string])[];
  readonly reason?: string;
  readonly since?: number;
  readonly until?: number;
  readonly record?: readonly string[];
  readonly json?: boolean;
}

export function withTopicFlags(command: Command): Command {
  return command
    .requiredOption('--app <name or path>', 'a built-in application, or the path of a module')
    .option('--stage <name>', 'only dead letters of this stage; repeat it for more (default: all)', collect)
    .option('--topic <name>', 'only this topic of dead letters; repeat it for more (default: all)', collect)
    .option('--json', 'print JSON');
}

export function withFilterFlags(command: Command): Command {
  return command
    .option('--event <id>', 'only what is about this event; repeat it for more', collect)
    .option('--media <id>', 'only what is about this media item; repeat it for more', collect)
    .option('--id <kind=id>', 'only what is about this: project=p-1; repeat it for more', kindAndId)
    .option('--reason <text>', 'only this reason, or this text in the error')
    .option('--since <time or duration>', 'failed since then: 2026-01-31T18:00:00, or PT2H for two hours ago', moment)
    .option('--until <time or duration>', 'failed before then', moment)
    .option('--record <topic/partition/offset>', 'only this record; repeat it for more', collect);
}

export function filterOf({ event, media, id = [], reason, since, until, record }: DeadLetterFlags): DeadLetterFilter {
  const ids: Record<string, string[]> = {};
  const want = (kind: string, values: readonly string[]): void => void (ids[kind] = [...(ids[kind] ?? []), ...values]);
  if (event) want('event', event);
  if (media) want('media', media);
  for (const [kind, value] of id) want(kind, [value]);
  return {
    ids,
    ...(reason === undefined ? {} : { reason }),
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(until === undefined ? {} : { untilMs: until }),
    ...(record === undefined ? {} : { places: record }),
  };
}

function kindAndId(text: string, previous: readonly (readonly [string, string])[] = []): (readonly [string, string])[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected kind=id, such as project=p-1.');
  return [...previous, [text.slice(0, at), text.slice(at + 1)]];
}

function moment(text: string): number {
  return text.startsWith('P') ? Date.now() - duration(text) : datetime(text);
}

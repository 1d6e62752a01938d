import { hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';

import { Command } from 'commander';

import { messageOf } from '../../core/errors.ts';
import { writeAudit, type AuditEntry } from '../../runtime/dead-letters/audit-log.ts';
import type { DeadLetter } from '../../runtime/dead-letters/dead-letter.ts';
import { listDeadLetters } from '../../runtime/dead-letters/list-dead-letters.ts';
import { purgeDeadLetters } from '../../runtime/dead-letters/purge-dead-letters.ts';
import { replayDeadLetters } from '../../runtime/dead-letters/replay-dead-letters.ts';
import { filterOf, withFilterFlags, withTopicFlags, type DeadLetterFlags } from '../dead-letter-flags.ts';
import { deadLetterText, purgeText, replayText, showDeadLetter, summaryText } from '../dead-letter-text.ts';
import { EXIT_FAILURE } from '../failure.ts';
import { wholeNumber } from '../flags.ts';
import { withDeadLetters, type OpenDeadLetters } from '../open-dead-letters.ts';
import type { CommandSurroundings } from '../program.ts';
import { withClusterFlags } from './start.ts';

interface InspectFlags extends DeadLetterFlags {
  readonly limit: number;
  readonly oldest?: boolean;
}

interface ChangeFlags extends DeadLetterFlags {
  readonly execute?: boolean;
  readonly yes?: boolean;
  readonly auditLog?: string;
  readonly again?: boolean;
  readonly replayed?: boolean;
}

const HELP = `
A record that fails for good goes to a topic of dead letters, with the reason. list says what is there, inspect shows it.
Once the cause is mended, replay sends records again to the topic that they came from, with their tries back at zero;
purge deletes what nobody needs any more. replay and purge only say what they would do, until --execute, and ask then.

Examples:
  topology dlq list --app claimx --config prod.yaml
  topology dlq inspect --app claimx --config prod.yaml --stage downloader --reason "larger than" --limit 3
  topology dlq replay --app claimx --config prod.yaml --media m-0123 --execute
  topology dlq purge --app claimx --config prod.yaml --topic claimx.events.dlq --replayed --execute`;

const INSPECT_HELP = `
Each dead letter with its reason, where it was read first, its tries, its key, value and headers. Values are decoded by
the application's schemas. Credentials are hidden, and so are the queries of URLs.`;

const REPLAY_HELP = `
A record is sent once: what was sent again before is left out, unless --again. Each is sent in one transaction with the
mark that says so (topic <app>-dlq-cli-replayed) and the position of the group <app>-dlq-cli, so a replay that is
interrupted can be run again. Dead letters stay where they are; purge --replayed deletes them.`;

const PURGE_HELP = `
Kafka deletes a topic from its oldest record on, so there is no filter. What arrives while purge looks stays.`;

export function dlqCommand(surroundings: CommandSurroundings): Command {
  const dlq = new Command('dlq')
    .description('Look at dead letters, send them again, or delete them.')
    .addHelpText('after', HELP);
  dlq.addCommand(
    withClusterFlags(withFilterFlags(withTopicFlags(new Command('list'))))
      .description('Count dead letters by topic and reason.')
      .action((_flags: unknown, command: Command) => list(command.optsWithGlobals<DeadLetterFlags>(), surroundings)),
  );
  dlq.addCommand(
    withClusterFlags(withFilterFlags(withTopicFlags(new Command('inspect'))))
      .description('Show dead letters with everything that is known of them.')
      .option('--limit <n>', 'so many of each topic', wholeNumber, 5)
      .option('--oldest', 'the oldest ones (default: the newest)')
      .addHelpText('after', INSPECT_HELP)
      .action((_flags: unknown, command: Command) => inspect(command.optsWithGlobals<InspectFlags>(), surroundings)),
  );
  dlq.addCommand(
    withChangeFlags(withClusterFlags(withFilterFlags(withTopicFlags(new Command('replay')))))
      .description('Send dead letters again to the topic that they came from.')
      .option('--again', 'also those that were sent again before')
      .addHelpText('after', REPLAY_HELP)
      .action((_flags: unknown, command: Command) => replay(command.optsWithGlobals<ChangeFlags>(), surroundings)),
  );
  dlq.addCommand(
    withChangeFlags(withClusterFlags(withTopicFlags(new Command('purge'))))
      .description('Delete dead letters.')
      .option('--replayed', 'only what was sent again, as far as that is everything from the oldest on')
      .addHelpText('after', PURGE_HELP)
      .action((_flags: unknown, command: Command) => purge(command.optsWithGlobals<ChangeFlags>(), surroundings)),
  );
  return dlq;
}

function withChangeFlags(command: Command): Command {
  return command
    .option('--execute', 'do it')
    .option('--yes', 'do not ask')
    .option(
      '--audit-log <file>',
      'where it is written down who did what (default: dlq-audit.jsonl in the data folder)',
    );
}

async function list(flags: DeadLetterFlags, surroundings: CommandSurroundings): Promise<void> {
  await withDeadLetters(flags, surroundings, async ({ letters }) => {
    const summaries = await listDeadLetters(letters, filterOf(flags));
    surroundings.terminal.out(flags.json === true ? json(summaries) : summaryText(summaries));
  });
}

async function inspect(flags: InspectFlags, surroundings: CommandSurroundings): Promise<void> {
  await withDeadLetters(flags, surroundings, async ({ letters }) => {
    const samples = new Map<string, DeadLetter[]>();
    await letters.visit(filterOf(flags), await letters.readMarks(), (letter, matching) => {
      if (!matching) return;
      const some = samples.get(letter.topic) ?? [];
      samples.set(letter.topic, some);
      some.push(letter);
      // Partitions are read in turns, so the order is found out at each step; only `limit` are kept.
      some.sort((a, b) => (flags.oldest === true ? a.failedAtMs - b.failedAtMs : b.failedAtMs - a.failedAtMs));
      if (some.length > flags.limit) some.pop();
    });
    const shown = [...samples.values()].flat();
    const { out } = surroundings.terminal;
    if (flags.json === true) out(json(shown.map(showDeadLetter)));
    else out(shown.length === 0 ? 'no such dead letters\n' : shown.map(deadLetterText).join('\n'));
  });
}

async function replay(flags: ChangeFlags, surroundings: CommandSurroundings): Promise<void> {
  const options = { filter: filterOf(flags), again: flags.again ?? false };
  await withDeadLetters(flags, surroundings, async (opened) => {
    const plan = await replayDeadLetters(opened.letters, options);
    showPlan(flags, surroundings, plan, replayText(plan, false));
    if (!(await agreed(flags, surroundings))) return;
    const done = await audited('replay', opened, flags, surroundings, async () => {
      const result = await replayDeadLetters(opened.letters, { ...options, execute: true });
      return { result, noted: { ...result, refused: result.refused.length } };
    });
    surroundings.terminal.out(flags.json === true ? json(done) : replayText(done, true));
    if (done.refused.length > 0) surroundings.exitCode(EXIT_FAILURE);
  });
}

async function purge(flags: ChangeFlags, surroundings: CommandSurroundings): Promise<void> {
  const options = { replayed: flags.replayed ?? false };
  await withDeadLetters(flags, surroundings, async (opened) => {
    const plan = await purgeDeadLetters(opened.letters, options);
    showPlan(flags, surroundings, plan, purgeText(plan, false));
    if (!(await agreed(flags, surroundings))) return;
    const done = await audited('purge', opened, flags, surroundings, async () => {
      const result = await purgeDeadLetters(opened.letters, { ...options, execute: true });
      return { result, noted: { ...result } };
    });
    surroundings.terminal.out(flags.json === true ? json(done) : purgeText(done, true));
  });
}

/** Runs a step, and writes down who had it run and what became of it, a failure too. */
async function audited<R>(
  action: AuditEntry['action'],
  { letters, app, config }: OpenDeadLetters,
  flags: ChangeFlags,
  { folder }: CommandSurroundings,
  step: () => Promise<{ readonly result: R; readonly noted: AuditEntry['result'] }>,
): Promise<R> {
  const file = resolve(folder, flags.auditLog ?? join(config.dataDir, 'dlq-audit.jsonl'));
  const { again, replayed } = flags;
  const filter = {
    ...(action === 'replay' ? filterOf(flags) : {}),
    ...(again === undefined ? {} : { again }),
    ...(replayed === undefined ? {} : { replayed }),
  };
  const { topics } = letters.options;
  const note = (result: AuditEntry['result']): Promise<void> =>
    writeAudit(file, {
      at: new Date().toISOString(),
      who: `${userInfo().username}@${hostname()}`,
      app,
      action,
      topics,
      filter,
      result,
    });
  try {
    const { result, noted } = await step();
    await note(noted);
    return result;
  } catch (error) {
    await note({ failed: messageOf(error) });
    throw error;
  }
}

async function agreed(flags: ChangeFlags, { terminal, confirm, exitCode }: CommandSurroundings): Promise<boolean> {
  if (flags.execute !== true) {
    terminal.err('Nothing was changed. --execute does it.\n');
    return false;
  }
  if (flags.yes === true || !confirm || (await confirm('Do this? [y/N] '))) return true;
  terminal.err('Nothing was changed.\n');
  exitCode(EXIT_FAILURE);
  return false;
}

/** With `--json` one document is printed: the plan, or what was done. */
function showPlan(
  { json: asJson, execute }: ChangeFlags,
  { terminal }: CommandSurroundings,
  plan: unknown,
  text: string,
) {
  if (asJson !== true) terminal.out(text);
  else if (execute !== true) terminal.out(json(plan));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

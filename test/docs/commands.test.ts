import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { LakeTables } from '../../src/cli/lake-tables.ts';
import { createProgram } from '../../src/cli/program.ts';
import { fakeCluster, FakeRuntime } from '../cli/app-fixture.ts';
import { fakeTerminal } from '../cli/terminal-fixture.ts';
import { commandsOf, type DocumentedCommand } from './commands-of.ts';

const documents = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  'deploy/Containerfile',
  'deploy/systemd/topology@.service',
];
const log = { events: [] };
const program = createProgram({
  terminal: fakeTerminal().terminal,
  environment: {},
  folder: '.',
  stop: AbortSignal.abort(),
  exitCode: () => undefined,
  openCluster: async () => fakeCluster(log),
  createRuntime: (_topology, config) => new FakeRuntime(config, log),
  lakeTables: (path) => new LakeTables(path),
});

/** What is wrong with a command line, by what the program knows; null: nothing. */
function faultOf(words: readonly string[]): string | null {
  let command: Command = program;
  let at = 0;
  for (; at < words.length; at++) {
    const [word = ''] = (words[at] ?? '').split('|');
    const next = command.commands.find((inner) => inner.name() === word);
    if (!next) break;
    command = next;
  }
  if (command === program && !words[0]?.startsWith('-')) return `there is no command ${words[0] ?? ''}`;
  if (command.commands.length > 0 && at < words.length && !words[at]?.startsWith('-')) {
    return `${command.name()} has no command ${words[at] ?? ''}`;
  }
  for (; at < words.length; at++) {
    const [word = '', joined] = (words[at] ?? '').split('=');
    if (!word.startsWith('-')) continue;
    const option = [...command.options, ...program.options].find(({ short, long }) => word === short || word === long);
    if (!option) {
      if (['--help', '--version'].includes(word)) continue;
      return `${command.name()} has no ${word}`;
    }
    const value = joined ?? words[at + 1];
    if (option.required && (value === undefined || value.startsWith('--'))) return `${word} needs a value`;
    const choices = option.argChoices;
    if (option.required && choices && !(value ?? '').split('|').every((one) => choices.includes(one))) {
      return `${word} takes ${choices.join(', ')}, not ${value ?? ''}`;
    }
  }
  return null;
}

describe('the commands of the documents', () => {
  it('are found by the test', () => {
    expect(faultOf('strat --app claimx'.split(' '))).toContain('no command strat');
    expect(faultOf('table dif a b'.split(' '))).toContain('no command dif');
    expect(faultOf('start --aps claimx'.split(' '))).toContain('no --aps');
    expect(faultOf('start --app'.split(' '))).toContain('needs a value');
    expect(faultOf('describe --app claimx --format gif'.split(' '))).toContain('not gif');
    expect(faultOf('claimx-enricher --config prod.yaml --threads 2'.split(' '))).toBeNull();
  });

  it.each(documents)('exist with their flags: %s', async (file) => {
    const commands: readonly DocumentedCommand[] = await commandsOf(file);
    if (/operations|README|migration/.test(file)) expect(commands.length).toBeGreaterThan(10);
    const wrong = commands.flatMap(({ place, words }) => {
      const fault = faultOf(words);
      return fault === null ? [] : [`${place}: topology ${words.join(' ')}: ${fault}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each(['README.md', 'docs/operations.md', 'docs/configuration.md'])(
    'have the flags that are named alone: %s',
    async (file) => {
      const known = new Set([
        '--help',
        '--version',
        ...everyCommand(program).flatMap(({ options }) => options.map(({ long }) => long ?? '')),
      ]);
      const named = [...(await readFile(file, 'utf8')).matchAll(/`(--[a-z][\w-]*)[^`]*`/g)].map(
        ([, flag = '']) => flag,
      );
      expect(named.length).toBeGreaterThan(1);
      expect(named.filter((flag) => !known.has(flag))).toEqual([]);
    },
  );
});

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

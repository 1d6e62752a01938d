#!/usr/bin/env node
import { CommanderError } from 'commander';

import { StreamsApp } from '../runtime/streams-app.ts';
import { EXIT_FAILURE, EXIT_USAGE, reportFailure } from './failure.ts';
import { LakeTables } from './lake-tables.ts';
import { openCluster } from './open-cluster.ts';
import { createProgram } from './program.ts';
import { askTerminal, processTerminal } from './terminal.ts';

/** The shell's convention for a program that SIGINT ended. */
const EXIT_INTERRUPTED = 130;

const terminal = processTerminal();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(EXIT_INTERRUPTED);
    stop.abort();
  });
}

const program = createProgram({
  terminal,
  environment: process.env,
  folder: process.cwd(),
  stop: stop.signal,
  exitCode: (code) => (process.exitCode = code),
  ...(process.stdin.isTTY ? { confirm: askTerminal } : {}),
  openCluster,
  createRuntime: (topology, config) => new StreamsApp(topology, config),
  lakeTables: (dataDir) => new LakeTables(dataDir),
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // Commander has said what is wrong by itself; `--help` and `--version` end that way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  return reportFailure(terminal, error, process.argv.includes('--verbose')) || EXIT_FAILURE;
}

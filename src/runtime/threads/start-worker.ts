import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { messageOf, StreamsError } from '../../core/errors.ts';
import type { ThreadStart } from './thread-messages.ts';

/** A worker that runs. */
export interface RunningWorker {
  /** Resolves when it has ended, with what ended it; null where it ended by itself. */
  readonly ended: Promise<Error | null>;
  /** Ends it wherever it is. */
  terminate(): void;
}

/** Starts the program of a worker thread; tests have one that needs no compiled sources. */
export type StartWorker = (start: ThreadStart) => RunningWorker;

/** Beside this file, in the same form: compiled, or for a Node that loads TypeScript. */
const PROGRAM = import.meta.url.endsWith('.ts') ? './thread-program.ts' : './thread-program.js';

/** Loaders of the program are the worker's too; of a program that is text on the command line, the flags do not fit a file. */
const FLAGS = process.execArgv.some((flag) => /^(-e|-p|--eval|--print|--input-type)/.test(flag))
  ? []
  : process.execArgv;

export const startWorker: StartWorker = (start) => {
  const worker = new Worker(new URL(PROGRAM, import.meta.url), {
    name: start.name,
    workerData: start,
    transferList: [start.port],
    execArgv: FLAGS,
  });
  let failure: Error | null = null;
  worker.on('error', (error: unknown) => {
    failure = new StreamsError(
      'THREAD_DIED',
      `${start.name} was ended by an error that nobody caught: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  });
  return {
    ended: once(worker, 'exit').then(() => failure),
    terminate: () => void worker.terminate(),
  };
};

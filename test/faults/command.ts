import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** The command as it is installed, in processes of its own, which a test may kill. */
export interface Command {
  readonly pid: number;
  /** Everything it has printed, for the message of a test that fails. */
  output(): string;
  /** Resolves when a line matches; rejects when the process ends first. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<void>;
  /** SIGKILL: nothing is finished, nothing is told to anybody. */
  kill(): Promise<void>;
  /** SIGTERM, as an orchestrator stops it; answers the exit code. */
  stop(): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

let built = false;

export function buildCommand(): void {
  if (!built) execFileSync('npm', ['run', '-s', 'build'], { stdio: 'pipe' });
  built = true;
}

/** @param nodeFlags of its Node process, such as those of a profile */
export function command(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Command {
  const child: ChildProcess = spawn(process.execPath, [...nodeFlags, resolve('dist/cli/main.js'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const listeners = new Set<() => void>();
  const take = (bytes: Buffer): void => {
    text += bytes.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return await ended;
  };
  return {
    pid: child.pid ?? 0,
    output: () => text,
    printed: (pattern, timeoutMs = 60_000) =>
      new Promise((found, reject) => {
        const timer = setTimeout(() => fail(`did not print ${pattern} within ${timeoutMs} ms`), timeoutMs);
        const look = (): void => {
          if (!pattern.test(text)) return;
          clearTimeout(timer);
          listeners.delete(look);
          found();
        };
        const fail = (why: string): void => {
          clearTimeout(timer);
          listeners.delete(look);
          reject(new Error(`topology ${args.join(' ')} ${why}:\n${text.slice(-4_000)}`));
        };
        listeners.add(look);
        void ended.then((code) => (pattern.test(text) ? look() : fail(`ended with ${code}`)));
        look();
      }),
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    ended,
  };
}

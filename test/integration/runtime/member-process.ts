import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { within } from './cluster.ts';

export interface MemberLine {
  readonly state?: string;
  readonly restarts?: number;
  readonly tasks?: readonly { readonly id: string; readonly restored: number }[];
  readonly unhandled?: string;
}

export interface MemberSettings {
  readonly applicationId: string;
  readonly brokers: readonly string[];
  readonly topology: Readonly<Record<string, string | number>> & { readonly name: string };
  readonly stateDir: string;
  readonly groupInstanceId?: string;
  readonly processingGuarantee?: 'at_least_once' | 'exactly_once_v2';
  readonly sessionTimeoutMs?: number;
  readonly numStandbyReplicas?: number;
  /** Answers queries of the other members. */
  readonly serves?: boolean;
}

/** A member in a process of its own. Everything it has said is in `lines`. */
export class MemberProcess {
  readonly lines: MemberLine[] = [];
  readonly #child;
  readonly #ended: Promise<unknown>;
  #errors = '';
  #news: () => void = () => undefined;

  constructor(settings: MemberSettings) {
    const given = JSON.stringify({ ...settings, build: resolve('dist') });
    this.#child = spawn(process.execPath, [join(import.meta.dirname, 'member.mjs'), given], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'exit');
    void this.#ended.then(() => this.#news());
    this.#child.stderr.on('data', (bytes: Buffer) => {
      this.#errors += bytes.toString();
    });
    createInterface(this.#child.stdout).on('line', (line) => {
      this.lines.push(JSON.parse(line) as MemberLine);
      this.#news();
    });
  }

  /** Resolves when it has said that it is in the state `times` times. */
  async reached(state: string, times = 1): Promise<void> {
    const seen = (): boolean => this.lines.filter((line) => line.state === state).length >= times;
    await within(60_000, `${state}, ${times} times`, async () => {
      while (!seen()) {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
          throw new Error(`the member ended (${this.#child.exitCode}): ${JSON.stringify(this.lines)} ${this.#errors}`);
        }
        await new Promise<void>((next) => {
          this.#news = next;
        });
      }
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and answers the exit code; null when it was killed. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    await within(30_000, `end after ${signal}`, () => this.#ended);
    return this.#child.exitCode;
  }
}

import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Trap } from './stepped-instance.ts';
import type { Entry, InstanceNews, InstanceRequest, InstanceSettings } from './instance.ts';

const AGAIN_AFTER_MS = 300;

/** Why the limit of file sizes, which stands for a full disk, cannot be set here; or null. */
export function whyNoDiskLimit(): string | null {
  return spawnSync('prlimit', ['--version'], { stdio: 'ignore' }).status === 0 ? null : 'there is no prlimit here';
}

export interface InstanceProcessOptions {
  readonly name: string;
  readonly settings: InstanceSettings;
  /** Where its log goes. */
  readonly folder: string;
  /** The compiled module to run. */
  readonly program: string;
}

/**
 * One instance and whoever looks after it: a process that ends although nobody asked it to is started again, over the
 * same state.
 */
export class InstanceProcess {
  readonly name: string;
  readonly #program: string;
  readonly #settings: InstanceSettings;
  readonly #log: string;
  #child: ChildProcess | null = null;
  #wanted = false;
  #ended: Promise<unknown> = Promise.resolve();
  #listeners: ((news: InstanceNews) => void)[] = [];
  state = 'NONE';
  error: string | null = null;
  /** Ends that nobody asked for. */
  crashes = 0;
  /** Threads that were replaced within the process, over all processes. */
  threadRestarts = 0;
  #restartsNow = 0;

  constructor({ name, settings, folder, program }: InstanceProcessOptions) {
    this.name = name;
    this.#program = program;
    this.#settings = settings;
    this.#log = join(folder, `${name}.log`);
  }

  get running(): boolean {
    return this.#wanted;
  }

  start(): void {
    this.#wanted = true;
    this.#restartsNow = 0;
    this.state = 'STARTING';
    const child = fork(this.#program, [JSON.stringify(this.#settings)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    for (const output of [child.stdout, child.stderr]) {
      output?.on('data', (bytes: Buffer) => appendFileSync(this.#log, bytes));
    }
    child.on('message', (news: InstanceNews) => {
      if (child === this.#child) this.#hear(news);
    });
    child.on('error', (error) => appendFileSync(this.#log, `process: ${error.message}\n`));
    this.#ended = once(child, 'exit').then(async ([code, signal]) => {
      appendFileSync(this.#log, `process ended with ${String(code ?? signal)}\n`);
      if (child !== this.#child) return;
      this.state = 'ENDED';
      this.#child = null;
      if (!this.#wanted) return;
      this.crashes++;
      await sleep(AGAIN_AFTER_MS);
      if (this.#wanted && this.#child === null) this.start();
    });
  }

  /** SIGKILL: as when the machine takes the process away. It stays away until `start`. */
  async kill(): Promise<void> {
    this.#wanted = false;
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM: it commits and leaves; killed when that takes longer than the limit. Answers whether it left by itself. */
  async stop(limitMs = 30_000): Promise<boolean> {
    this.#wanted = false;
    const child = this.#child;
    if (child === null) return true;
    child.kill('SIGTERM');
    const left = await Promise.race([this.#ended.then(() => true), sleep(limitMs).then(() => false)]);
    if (!left) await this.kill();
    return left;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Every write to a file fails from here on, as on a full disk, until it is lifted. */
  limitDisk(full: boolean): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    spawnSync('prlimit', ['--pid', String(pid), full ? '--fsize=0:unlimited' : '--fsize=unlimited']);
  }

  /** Moves the instance's wall clock. */
  jump(ms: number): void {
    this.#ask({ ask: 'jump', ms });
  }

  /** Lays a trap in an instance that was started as a stepped one. */
  arm(trap: Trap): void {
    if (this.#child?.connected) this.#child.send({ arm: trap }, () => undefined);
  }

  /** Resolves when the process that runs now has ended. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** As if nobody looked after it any more: it is not started again by itself. */
  leaveAlone(): void {
    this.#wanted = false;
  }

  /** What its stores hold; null when it does not say. */
  async stores(): Promise<{ readonly counts: readonly Entry[]; readonly totals: readonly Entry[] } | null> {
    const news = await this.#answer('stores');
    return news?.tell === 'stores' ? news : null;
  }

  async status(): Promise<unknown> {
    const news = await this.#answer('status');
    return news?.tell === 'status' ? news.status : null;
  }

  async #answer(what: 'stores' | 'status'): Promise<InstanceNews | null> {
    const heard = new Promise<InstanceNews>((resolve) => {
      this.#listeners.push((news) => {
        if (news.tell === what) resolve(news);
      });
    });
    this.#ask({ ask: what });
    return await Promise.race([heard, sleep(5_000).then(() => null)]);
  }

  #ask(request: InstanceRequest): void {
    if (this.#child?.connected) this.#child.send(request, () => undefined);
  }

  #hear(news: InstanceNews): void {
    if (news.tell === 'state') {
      this.state = news.state;
      this.error = news.error;
      this.threadRestarts += Math.max(0, news.restarts - this.#restartsNow);
      this.#restartsNow = news.restarts;
    }
    for (const listener of this.#listeners) listener(news);
    if (news.tell !== 'state') this.#listeners = [];
  }
}

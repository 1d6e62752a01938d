import { MessageChannel } from 'node:worker_threads';
import { StreamsError } from '../../core/errors.ts';
import type { PartitionOffset } from '../../core/record.ts';
import type { LeaveGroup } from '../../kafka/client.ts';
import type { MetricSnapshot } from '../../observe/joined-registry.ts';
import type { StandbyStatus, TaskStatus } from '../app-status.ts';
import type { ResolvedConfig } from '../config.ts';
import type { ThreadState } from '../stream-thread.ts';
import { askOver } from '../queries/query-wire.ts';
import type { QueryPort } from '../queries/store-query.ts';
import { within } from '../within.ts';
import type { UnopenedTask } from '../task-openings.ts';
import type { AppThread, UnmetCondition } from './app-thread.ts';
import type { RunningWorker, StartWorker } from './start-worker.ts';
import type { TaskHolds } from './task-holds.ts';
import { writeConfig } from './thread-config.ts';
import { readError } from './thread-error.ts';
import { ThreadLink } from './thread-link.ts';
import { type LogMessage, writeLine } from './thread-logger.ts';
import type { HoldRequest, ThreadEnd, ThreadReport, ThreadStart } from './thread-messages.ts';
import type { ThreadModule } from './thread-module.ts';

export interface WorkerThreadOptions {
  readonly name: string;
  readonly index: number;
  readonly processId: string;
  readonly config: ResolvedConfig;
  readonly module: ThreadModule;
  /** `describe()` of the application's topology. */
  readonly topology: string;
  readonly holds: TaskHolds;
  readonly startWorker: StartWorker;
  /** Its state has changed. */
  readonly onState: () => void;
  readonly onEnd: () => void;
}

/** Nobody waits longer for an answer of a thread that is busy. */
const PATIENCE_MS = 2_000;

const NOTHING_YET: ThreadReport = {
  state: 'CREATED',
  tasks: [],
  standbys: [],
  unopened: [],
  unready: [],
  loopAt: null,
  idle: false,
};

/** A stream thread in a worker thread, seen from the application: what it last told, and a link to ask it more. */
export class WorkerThread implements AppThread {
  readonly name: string;
  /** Open while the thread runs. */
  readonly link: ThreadLink;
  /** Answers from the stores of its tasks. */
  readonly queries: QueryPort;
  readonly #options: WorkerThreadOptions;
  readonly #start: ThreadStart;
  readonly #ended: Promise<ThreadEnd>;
  #worker: RunningWorker | null = null;
  #report: ThreadReport = NOTHING_YET;
  /** When its loop was last heard to have gone round. */
  #turnedAt = 0;
  #metrics: MetricSnapshot = [];
  #ready = false;
  #stopping = false;
  #paused = false;

  constructor(options: WorkerThreadOptions) {
    const { name, index, processId, config, module, topology } = options;
    const { port1, port2 } = new MessageChannel();
    this.name = name;
    this.#options = options;
    this.link = new ThreadLink(port1);
    this.queries = askOver((wire, { waitMs }) => this.#query(wire, waitMs));
    this.#start = {
      name,
      index,
      processId,
      module: { url: String(module.url), export: module.export ?? 'default', data: module.data ?? null },
      config: writeConfig(config),
      logLevel: config.logger.level,
      topology,
      paused: false,
      port: port2,
    };
    this.#ended = this.#listen();
  }

  get state(): ThreadState {
    return this.#report.state;
  }

  get tasks(): readonly TaskStatus[] {
    return this.#report.tasks;
  }

  get standbys(): readonly StandbyStatus[] {
    return this.#report.standbys;
  }

  get unopened(): readonly UnopenedTask[] {
    return this.#report.unopened;
  }

  get unready(): readonly UnmetCondition[] {
    return this.#report.unready;
  }

  get loopAt(): number | null {
    return this.#report.loopAt === null ? null : this.#turnedAt;
  }

  get idle(): boolean {
    return this.state === 'RUNNING' && this.#report.idle;
  }

  async run(): Promise<void> {
    const { holds, startWorker } = this.#options;
    const worker = startWorker({ ...this.#start, paused: this.#paused });
    this.#worker = worker;
    try {
      const end = await Promise.race([this.#ended, worker.ended]);
      if (end instanceof Error) throw end;
      if (end === null && !this.#stopping) throw new StreamsError('THREAD_DIED', `${this.name} ended by itself`);
      await worker.ended;
      if (end?.error) throw readError(end.error);
    } finally {
      this.link.close();
      this.#report = { ...NOTHING_YET, state: 'DEAD' };
      holds.end(this.name);
      this.#options.onEnd();
      this.#options.onState();
    }
  }

  stop(leave: LeaveGroup): void {
    this.#stopping = true;
    this.#options.holds.refuse(this.name);
    if (this.#ready) this.link.notify('stop', leave);
    // It has joined nothing yet.
    else this.#worker?.terminate();
  }

  abandon(): void {
    this.#stopping = true;
    this.link.notify('abandon');
    // For one that is busy with a function that does not end, and hears nothing.
    this.#worker?.terminate();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    if (this.#ready) this.link.notify('pause', paused);
  }

  settled(): Promise<readonly PartitionOffset[] | null> {
    return this.#ask<readonly PartitionOffset[] | null>('settled', null);
  }

  /** What it measures now; for one that is busy or has ended, what it measured last. */
  async metrics(): Promise<MetricSnapshot> {
    this.#metrics = await this.#ask('metrics', this.#metrics);
    return this.#metrics;
  }

  async #query(wire: object, waitMs: number): Promise<unknown> {
    let answer: unknown;
    const asked = this.link.request('query', wire).then((body) => {
      answer = body;
    });
    if (await within(PATIENCE_MS + waitMs, asked)) return answer;
    throw new StreamsError('INSTANCE_UNAVAILABLE', `${this.name} is busy and did not answer`);
  }

  /** Its answer; the other one where it is busy, or has ended. */
  async #ask<T>(topic: string, otherwise: T): Promise<T> {
    let answer = otherwise;
    const asked = this.link.request(topic).then((body) => {
      answer = body as T;
    });
    await within(PATIENCE_MS, asked).catch(() => false);
    return answer;
  }

  #listen(): Promise<ThreadEnd> {
    const { config, holds, onState } = this.#options;
    const logger = config.logger.child({ thread: this.name });
    this.link.on('log', (line) => writeLine(logger, line as LogMessage));
    this.link.on('hold', (asked) => {
      const { task, patienceMs } = asked as HoldRequest;
      return holds.acquire(task, this.name, patienceMs);
    });
    this.link.on('letGo', (task) => holds.release(String(task), this.name));
    this.link.on('ready', () => {
      this.#ready = true;
      this.link.notify('pause', this.#paused);
      if (this.#stopping) this.link.notify('stop', 'dynamic');
    });
    this.link.on('report', (report) => {
      const before = this.#report;
      this.#report = report as ThreadReport;
      if (this.#report.loopAt !== before.loopAt) this.#turnedAt = config.clock.monotonic();
      if (this.#report.state !== before.state) onState();
    });
    return new Promise((resolve) => {
      this.link.on('end', (end) => resolve(end as ThreadEnd));
    });
  }
}

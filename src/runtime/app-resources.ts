import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { KafkaClient } from '../kafka/client.ts';
import type { DirectoryLock } from '../state/directory-lock.ts';
import { lockStateDirectory } from '../state/level/lock-state-directory.ts';
import type { Topology } from '../topology/topology.ts';
import type { ResolvedConfig } from './config.ts';
import { processIdOf } from './process-id.ts';
import { StateCleanup } from './state-cleanup.ts';
import type { AppThread } from './threads/app-thread.ts';
import { type ThreadMaker, threadMaker } from './threads/thread-maker.ts';

export interface AppResourcesOptions {
  readonly topology: Topology;
  readonly config: ResolvedConfig;
  readonly threads: () => readonly AppThread[];
  /** A thread's state has changed. */
  readonly onState: () => void;
}

/** What an application holds from its start to its end: its folder's lock, its client, and what needs the two. */
export class AppResources {
  readonly #options: AppResourcesOptions;
  #processId: string = randomUUID();
  #client: KafkaClient | null = null;
  #maker: ThreadMaker | null = null;
  #lock: DirectoryLock | null = null;
  #cleanup: StateCleanup | null = null;

  constructor(options: AppResourcesOptions) {
    this.#options = options;
  }

  /** Where the tasks' folders are. */
  get stateFolder(): string {
    const { stateDir, applicationId } = this.#options.config;
    return join(stateDir, applicationId);
  }

  /** Kept in the folder, once that is locked: the same after a restart. */
  get processId(): string {
    return this.#processId;
  }

  /** null before {@link open} and after {@link release}. */
  get client(): KafkaClient | null {
    return this.#client;
  }

  /** null before {@link open}. */
  get maker(): ThreadMaker | null {
    return this.#maker;
  }

  /** @throws STATE_DIR_LOCKED, STATE_WRITE_FAILED, and what connecting throws */
  async open(): Promise<void> {
    const { topology, config, threads, onState } = this.#options;
    const { kafka, logger } = config;
    const persistent = [...topology.plan.stores.values()].some((store) => store.persistent);
    if (persistent) {
      const dir = this.stateFolder;
      this.#lock = await lockStateDirectory(dir);
      this.#processId = await processIdOf(dir);
    }
    if ('client' in kafka) {
      this.#client = kafka.client;
    } else {
      const { kafkaClient } = await import('../kafka/connect.ts');
      this.#client = kafkaClient(kafka, { logger });
      await this.#client.connect();
    }
    this.#maker = threadMaker({ topology, config, client: this.#client, processId: this.#processId, onState });
    if (!persistent) return;
    const inUse = (task: string): boolean =>
      threads().some(({ tasks, standbys }) => [...standbys, ...tasks].some(({ id }) => id === task));
    this.#cleanup = new StateCleanup({ dir: this.stateFolder, config, inUse, lock: this.#maker.lock });
    this.#cleanup.start();
  }

  /** Gives everything back. The client is closed if it was made here. */
  async release(): Promise<void> {
    const client = this.#client;
    const lock = this.#lock;
    this.#client = null;
    this.#lock = null;
    this.#cleanup?.stop();
    this.#cleanup = null;
    this.#maker?.close();
    try {
      if (client && !('client' in this.#options.config.kafka)) await client.close();
    } finally {
      await lock?.release();
    }
  }
}

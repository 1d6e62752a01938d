import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { StreamsError } from '../../core/errors.ts';
import { NeedsPreparation } from '../../core/serde.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import { type Position, reaches } from './position.ts';
import type { QueryableTask } from './queryable-task.ts';
import { readStore } from './read-store.ts';
import type { QueryAnswer, QueryPort, QueryRequest } from './store-query.ts';

export interface TaskQueriesOptions {
  readonly tasks: () => Iterable<QueryableTask>;
  /** Why active tasks may not be read now, such as a rebalance; null: they may. */
  readonly closed: () => string | null;
  /** A store with the serdes that its tasks use, and the topic these are told. */
  readonly prepared: (spec: StoreSpec) => Promise<{ readonly spec: StoreSpec; readonly topic: string }>;
  readonly clock: Clock;
}

/** How often a store is looked at that has not reached the position which a query demands. */
const LOOK_EVERY_MS = 5;
/** A page may meet records of several schemas that are not known yet. */
const MOST_SCHEMAS = 32;

/** Answers from the tasks of one thread. Reads see what is processed, committed or not. */
export class TaskQueries implements QueryPort {
  readonly #options: TaskQueriesOptions;

  constructor(options: TaskQueriesOptions) {
    this.#options = options;
  }

  async ask(request: QueryRequest): Promise<QueryAnswer> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + request.waitMs;
    for (;;) {
      const task = this.#choose(request);
      const position = task.position(request.store);
      if (this.#isUpTo(task, position, request)) return this.#answer(task, position, request);
      if (clock.monotonic() >= deadline) throw this.#behind(task, position, request);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** The active task, or else a standby that is near enough. */
  #choose({ store, partition, stale }: QueryRequest): QueryableTask {
    const tasks = [...this.#options.tasks()].filter(
      (task) => task.partition === partition && task.stores.some(({ name }) => name === store),
    );
    const active = tasks.find(({ role }) => role === 'active');
    const closed = this.#options.closed();
    if (active?.ready === true && (closed === null || stale !== null)) return active;
    const standby = stale === null ? undefined : tasks.find((task) => task.role === 'standby' && task.ready);
    if (standby !== undefined && stale !== null) {
      const lag = standby.lag(store);
      if (stale.maxLag === null || lag <= stale.maxLag) return standby;
      const message = `the standby ${standby.id} is ${lag} records behind, more than the ${stale.maxLag} that are allowed`;
      throw new StreamsError('NOT_UP_TO_BOUND', message, { task: standby.id });
    }
    if (closed !== null) throw new StreamsError('STORE_CLOSED', `store ${store} cannot be read now: ${closed}`);
    const where = partition === null ? `store ${store}` : `partition ${partition} of store ${store}`;
    if (active === undefined) throw new StreamsError('NOT_PRESENT', `${where} is not on this instance`);
    throw new StreamsError('STORE_CLOSED', `${where} is being restored`, { task: active.id });
  }

  #isUpTo({ id, role }: QueryableTask, position: Position, { store, atLeast }: QueryRequest): boolean {
    const reached = atLeast === null ? 'yes' : reaches(position, atLeast);
    if (typeof reached === 'string') return reached === 'yes';
    const counts = Object.keys(position).join(', ') || 'nothing yet';
    throw new StreamsError(
      'NOT_UP_TO_BOUND',
      `the ${role} task ${id} of store ${store} does not count its position in ${reached.unknown}, but in ${counts}`,
      { task: id },
    );
  }

  #behind(task: QueryableTask, position: Position, { store, waitMs }: QueryRequest): StreamsError {
    const message = `store ${store} is at ${JSON.stringify(position)} after ${waitMs} ms, before the position that is demanded`;
    return new StreamsError('NOT_UP_TO_BOUND', message, { task: task.id });
  }

  async #answer(task: QueryableTask, position: Position, request: QueryRequest): Promise<QueryAnswer> {
    const { store, partition } = request;
    const declared = task.stores.find(({ name }) => name === store);
    if (declared === undefined) throw new StreamsError('STORE_UNKNOWN', `task ${task.id} has no store ${store}`);
    const { spec, topic } = await this.#options.prepared(declared);
    for (let tries = 0; ; tries++) {
      try {
        // Nothing is awaited from the read to the answer: the position is that of the content.
        const lag = task.lag(store);
        const read = readStore({ spec, topic, store: task.store(store) }, request);
        const at = partition === null ? position : task.position(store);
        return { ...read, position: at, source: { task: task.id, role: task.role, lag } };
      } catch (error) {
        if (!(error instanceof NeedsPreparation) || tries >= MOST_SCHEMAS) throw error;
        await spec.key.recover?.(error);
        await spec.value.recover?.(error);
      }
    }
  }
}

import { messageOf, StreamsError } from '../core/errors.ts';
import type { Logger } from '../observe/logger.ts';

/**
 * The states of an application, as Kafka Streams names them:
 *
 *     CREATED ──> REBALANCING <──> RUNNING
 *        │             │              │
 *        │             ├──────────────┤
 *        v             v              v
 *     PENDING_SHUTDOWN ──────> NOT_RUNNING
 *                      PENDING_ERROR ──> ERROR
 */
export type AppState =
  | 'CREATED'
  | 'REBALANCING'
  | 'RUNNING'
  | 'PENDING_SHUTDOWN'
  | 'NOT_RUNNING'
  | 'PENDING_ERROR'
  | 'ERROR';

const NEXT: Readonly<Record<AppState, readonly AppState[]>> = {
  CREATED: ['REBALANCING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  REBALANCING: ['RUNNING', 'REBALANCING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  RUNNING: ['REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  PENDING_SHUTDOWN: ['NOT_RUNNING'],
  PENDING_ERROR: ['ERROR', 'PENDING_SHUTDOWN'],
  ERROR: ['NOT_RUNNING', 'PENDING_SHUTDOWN'],
  NOT_RUNNING: [],
};

/** @throws ILLEGAL_STATE */
export function checkTransition(from: AppState, to: AppState): void {
  if (NEXT[from].includes(to)) return;
  throw new StreamsError('ILLEGAL_STATE', `an application cannot go from ${from} to ${to}`);
}

type Listener = (now: AppState, before: AppState) => void;

/** The state of one application, and who is told when it changes. */
export class AppStates {
  now: AppState = 'CREATED';
  readonly #logger: Logger;
  readonly #listeners: Listener[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** @throws ILLEGAL_STATE */
  to(state: AppState): void {
    const before = this.now;
    if (before === state) return;
    checkTransition(before, state);
    this.now = state;
    this.#logger.debug({ from: before, to: state }, 'application state');
    for (const listener of this.#listeners) {
      try {
        listener(state, before);
      } catch (error) {
        this.#logger.error({ err: messageOf(error) }, 'a listener of the application’s state threw');
      }
    }
  }
}

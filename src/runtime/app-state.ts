import { StreamsError } from '../core/errors.ts';

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

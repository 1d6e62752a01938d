import type { Clock } from '../core/clock.ts';
import { messageOf, StreamsError } from '../core/errors.ts';
import type { Logger } from '../observe/logger.ts';
import { isDamaged } from '../state/level/level-errors.ts';
import { taskTimeout } from './task-retries.ts';

export interface TaskOpeningsOptions {
  readonly taskTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A task that is assigned here and not open, since that failed. */
export interface UnopenedTask {
  readonly id: string;
  /** A copy of a task that runs elsewhere. */
  readonly standby: boolean;
  /** What the last try failed with. */
  readonly error: string;
  /** Tries that failed. */
  readonly times: number;
  /** Since the first of them. */
  readonly forMs: number;
}

interface Opening {
  readonly standby: boolean;
  readonly since: number;
  times: number;
  failedAt: number;
  /** null: it is being tried again, or is open and not yet known to be well. */
  retryAt: number | null;
  error: unknown;
}

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 30_000;
/** A standby that was well for this long begins anew: above the longest back-off. */
const WELL_AFTER_MS = 60_000;
const FILE_CODES = new Set<unknown>(['EACCES', 'EPERM', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'EBUSY']);

/**
 * Tasks that could not be opened or restored. Each is tried again with back-off while the others go on (KIP-572): a folder
 * that is in use or may not be written, state that is damaged, a changelog that may not be read. An active task has
 * `taskTimeoutMs` for that. A standby has for ever, since nothing stands still for it.
 *
 *     failed(id) → due() names it once its back-off is over → opened, or failed(id) again
 */
export class TaskOpenings {
  readonly #options: TaskOpeningsOptions;
  readonly #openings = new Map<string, Opening>();

  constructor(options: TaskOpeningsOptions) {
    this.#options = options;
  }

  /** A try has failed. @throws at once what will not pass and nobody can mend meanwhile; TASK_TIMEOUT with its cause */
  failed(id: string, standby: boolean, thrown: unknown): void {
    const { taskTimeoutMs, clock, logger } = this.#options;
    const error = thrown instanceof StreamsError ? thrown.at({ task: id }) : thrown;
    if (!mayPass(error)) throw error;
    const now = clock.monotonic();
    const known = this.#openings.get(id);
    const isNew = known === undefined || known.standby !== standby || (standby && now - known.failedAt > WELL_AFTER_MS);
    const opening: Opening = isNew ? { standby, since: now, times: 0, failedAt: now, retryAt: null, error } : known;
    this.#openings.set(id, opening);
    opening.times++;
    opening.failedAt = now;
    opening.error = error;
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (opening.times - 1), LONGEST_BACKOFF_MS);
    const left = standby ? backoffMs : taskTimeoutMs - (now - opening.since);
    if (left <= 0) throw taskTimeout('opening the task', id, taskTimeoutMs, asStreamsError(error));
    opening.retryAt = now + Math.min(backoffMs * (0.5 + Math.random() / 2), left);
    logger.warn(
      { task: id, standby, err: messageOf(error), times: opening.times, backoffMs },
      'the task cannot be opened, it is tried again: the others go on',
    );
  }

  /** Those whose back-off is over; each is named once. */
  takeDue(): readonly string[] {
    const now = this.#options.clock.monotonic();
    const due: string[] = [];
    for (const [id, opening] of this.#openings) {
      if (opening.retryAt === null || opening.retryAt > now) continue;
      opening.retryAt = null;
      due.push(id);
    }
    return due;
  }

  /** Whether {@link takeDue} would name any. */
  get due(): boolean {
    if (this.#openings.size === 0) return false;
    const now = this.#options.clock.monotonic();
    for (const { retryAt } of this.#openings.values()) if (retryAt !== null && retryAt <= now) return true;
    return false;
  }

  /** Whether what is on disk is damaged beyond use: it has to go before the task can be opened. */
  isDamaged(id: string): boolean {
    const opening = this.#openings.get(id);
    return opening !== undefined && isDamaged(opening.error);
  }

  /** It is well, or is not wanted here any more. */
  forget(id: string): void {
    this.#openings.delete(id);
  }

  /** Only these are wanted here from now on. */
  keep(wanted: (id: string, standby: boolean) => boolean): void {
    for (const [id, { standby }] of this.#openings) if (!wanted(id, standby)) this.#openings.delete(id);
  }

  /** Those that wait for their next try. */
  get waiting(): readonly UnopenedTask[] {
    const now = this.#options.clock.monotonic();
    return [...this.#openings]
      .filter(([, { retryAt }]) => retryAt !== null)
      .map(([id, { standby, error, times, since }]) => ({
        id,
        standby,
        error: messageOf(error),
        times,
        forMs: Math.round(now - since),
      }));
  }
}

/** By itself, or by somebody who frees, repairs or allows what is refused. All else is a mistake that is better told at once. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof StreamsError)) return FILE_CODES.has((error as { readonly code?: unknown } | null)?.code);
  const refused = error.kafkaError?.endsWith('_AUTHORIZATION_FAILED') ?? false;
  return error.retriable || refused || ['STATE_DIR_LOCKED', 'STATE_CORRUPT', 'AUTH_FAILED'].includes(error.code);
}

function asStreamsError(error: unknown): StreamsError {
  return error instanceof StreamsError ? error : new StreamsError('STATE_CORRUPT', messageOf(error), { cause: error });
}

import OpossumBreaker from 'opossum';
import { HttpError } from './errors.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** For messages and metrics. */
  readonly name: string;
  /** Failures in a row that open the circuit (default 5). */
  readonly failureThreshold?: number;
  /** How long it stays open before one call is let through, in ms (default 30,000). */
  readonly resetMs?: number;
  /** Whether an error says that the service is in trouble (default: `transient` HttpErrors). Others count as answers. */
  readonly isFailure?: (error: unknown) => boolean;
  /** Told of each change of state: for logs and metrics. */
  readonly onStateChange?: (state: BreakerState, previous: BreakerState) => void;
}

/**
 *     closed ──failureThreshold failures in a row──▶ open ──resetMs──▶ half-open
 *       ▲                                              ▲                  │ one call
 *       └───────────────────── it succeeds ────────────┼──────────────────┤
 *                                                      └──── it fails ────┘
 */
export interface Breaker {
  readonly name: string;
  readonly state: BreakerState;
  /** @throws HttpError `circuit-open` without calling `action`; otherwise whatever `action` throws */
  run<T>(action: () => Promise<T>): Promise<T>;
  /** Stops its timer. Calls that run finish; later ones are refused. */
  close(): void;
}

export function createBreaker(options: BreakerOptions): Breaker {
  const threshold = options.failureThreshold ?? 5;
  const resetMs = options.resetMs ?? 30_000;
  const isFailure = options.isFailure ?? isTransient;
  let state: BreakerState = 'closed';
  let failuresInARow = 0;

  const circuit = new OpossumBreaker((action: () => Promise<unknown>) => action(), {
    name: options.name,
    timeout: false,
    resetTimeout: resetMs,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    // Opossum opens by percentage of a rolling window; with this volume it never does, and the count below decides.
    volumeThreshold: Number.MAX_SAFE_INTEGER,
    errorFilter: (error: unknown) => !isFailure(error),
  });
  const moveTo = (next: BreakerState): void => {
    if (next === state) return;
    const previous = state;
    state = next;
    failuresInARow = 0;
    options.onStateChange?.(next, previous);
  };
  circuit.on('open', () => moveTo('open'));
  circuit.on('halfOpen', () => moveTo('half-open'));
  circuit.on('close', () => moveTo('closed'));
  circuit.on('success', () => {
    failuresInARow = 0;
  });
  circuit.on('failure', () => {
    failuresInARow++;
    // Calls that were under way when the circuit opened must not push the end of the pause away.
    if (state === 'closed' && failuresInARow >= threshold) circuit.open();
  });

  return {
    name: options.name,
    get state() {
      return state;
    },
    run: async <T>(action: () => Promise<T>): Promise<T> => {
      try {
        return (await circuit.fire(action)) as T;
      } catch (error) {
        if (!(error instanceof Error) || !OpossumBreaker.isOurError(error)) throw error;
        throw new HttpError('circuit-open', `${options.name} is not called: its circuit is open`, {
          cause: error,
        });
      }
    },
    close: () => circuit.shutdown(),
  };
}

function isTransient(error: unknown): boolean {
  return error instanceof HttpError && error.kind === 'transient';
}

import { type Coordinates, type ErrorCode, messageOf, StreamsError } from '../../core/errors.ts';

/** An error as it crosses threads: `structuredClone` would drop its code and coordinates. */
export interface ErrorMessage {
  readonly code: ErrorCode | null;
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  readonly retriable: boolean;
  readonly kafkaError: string | null;
  readonly coordinates: Coordinates;
  readonly cause: ErrorMessage | null;
}

export function writeError(error: unknown): ErrorMessage {
  const known = error instanceof StreamsError ? error : null;
  const cause = error instanceof Error ? error.cause : undefined;
  return {
    code: known?.code ?? null,
    name: error instanceof Error ? error.name : 'Error',
    message: messageOf(error),
    stack: error instanceof Error ? (error.stack ?? null) : null,
    retriable: known?.retriable ?? false,
    kafkaError: known?.kafkaError ?? null,
    coordinates: known?.coordinates ?? {},
    cause: cause === undefined || cause === null ? null : writeError(cause),
  };
}

export function readError(message: ErrorMessage): Error {
  const cause = message.cause === null ? undefined : readError(message.cause);
  const error =
    message.code === null
      ? new Error(message.message, cause === undefined ? undefined : { cause })
      : new StreamsError(message.code, message.message, {
          ...message.coordinates,
          retriable: message.retriable,
          ...(message.kafkaError === null ? {} : { kafkaError: message.kafkaError }),
          ...(cause === undefined ? {} : { cause }),
        });
  if (message.code === null) Object.defineProperty(error, 'name', { value: message.name, configurable: true });
  if (message.stack !== null) error.stack = message.stack;
  return error;
}

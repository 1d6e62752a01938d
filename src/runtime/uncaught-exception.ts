import { StreamsError } from '../core/errors.ts';

/**
 * What becomes of the application when a stream thread has ended with an error (KIP-671):
 *
 * - `replaceThread`: another thread goes on from the last commit, after a back-off.
 * - `shutdownClient`: this instance stops; others take its tasks.
 * - `shutdownApplication`: all instances stop, each with SHUTDOWN_REQUESTED; told to them through the group.
 */
export type UncaughtExceptionAnswer = 'replaceThread' | 'shutdownClient' | 'shutdownApplication';

/** Runs in the thread that made the application, whichever thread failed. One that throws answers `shutdownClient`. */
export type UncaughtExceptionHandler = (error: Error) => UncaughtExceptionAnswer;

/** What may pass by itself replaces the thread; everything else needs somebody who looks at it. */
export const defaultAnswer: UncaughtExceptionHandler = (error) =>
  error instanceof StreamsError && (error.retriable || wasFenced(error)) ? 'replaceThread' : 'shutdownClient';

/**
 * Somebody took this thread's work over while it was slow or cut off: a new thread joins anew. Not so where another process
 * runs under the same static member id: they would fence each other for ever.
 */
function wasFenced(error: StreamsError): boolean {
  return error.code === 'FENCED' && error.kafkaError !== 'FENCED_INSTANCE_ID';
}

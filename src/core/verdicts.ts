/**
 * What a handler answers about a record that failed. Each verdict says what is lost.
 *
 * - `fail`: stop the task; nothing is lost, the record is read again when the task restarts.
 * - `continue`: drop this record and count it; only this record is lost.
 * - `deadLetter`: write the record to the dead-letter topic with the reason, then go on; nothing is lost.
 * - `retry`: about production errors that are retriable: another thread tries again from the last commit, as long as the
 *   task's time-out allows (`uncaughtExceptionHandler` by default). Any other error is treated as with `fail`.
 */
export type Verdict = 'fail' | 'continue' | 'deadLetter' | 'retry';

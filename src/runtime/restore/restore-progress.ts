import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../observe/logger.ts';
import type { StateRestoreListener } from './state-restore-listener.ts';
import type { StoreReading } from './store-reading.ts';

export interface RestoreProgressOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener?: StateRestoreListener | undefined;
}

/** A restore that takes longer says so this often. */
const REPORT_EVERY_MS = 10_000;
/** Silent for so many reports: an open transaction should have timed out by then. */
const REPORTS_TO_WARN = 6;

/** Tells the log and the listener how restores of active tasks go. */
export class RestoreProgress {
  readonly #options: RestoreProgressOptions;
  readonly #begun = new Map<StoreReading, number>();
  #reportedAt = 0;
  #remaining = 0;
  #reportsWithoutProgress = 0;

  constructor(options: RestoreProgressOptions) {
    this.#options = options;
  }

  begin(readings: readonly StoreReading[]): void {
    const { clock, logger } = this.#options;
    if (readings.length === 0) return;
    if (this.#begun.size === 0) this.#reportedAt = clock.monotonic();
    this.#reportsWithoutProgress = 0;
    for (const reading of readings) {
      this.#begun.set(reading, clock.monotonic());
      this.#tell((listener) =>
        listener.onRestoreStart?.(partitionOf(reading), reading.store, reading.position, reading.end),
      );
    }
    const records = readings.reduce((sum, { remaining }) => sum + remaining, 0);
    logger.info({ changelogs: readings.length, records }, 'restoring stores from their changelogs');
  }

  batch(reading: StoreReading, records: number, nextOffset: number): void {
    this.#tell((listener) => listener.onBatchRestored?.(partitionOf(reading), reading.store, nextOffset, records));
  }

  end(reading: StoreReading): void {
    const { clock, logger } = this.#options;
    const { store, taskId, restored } = reading;
    const ms = Math.round(clock.monotonic() - (this.#begun.get(reading) ?? clock.monotonic()));
    this.#begun.delete(reading);
    logger.info({ store, task: taskId, records: restored, ms, left: this.#begun.size }, 'store restored');
    this.#tell((listener) => listener.onRestoreEnd?.(partitionOf(reading), store, restored));
  }

  suspend(reading: StoreReading): void {
    if (!this.#begun.delete(reading)) return;
    const { store, restored } = reading;
    this.#tell((listener) => listener.onRestoreSuspended?.(partitionOf(reading), store, restored));
  }

  /** Says at intervals how much is left. */
  report(): void {
    const { clock, logger } = this.#options;
    if (this.#begun.size === 0 || clock.monotonic() - this.#reportedAt < REPORT_EVERY_MS) return;
    this.#reportedAt = clock.monotonic();
    let restored = 0;
    let remaining = 0;
    for (const reading of this.#begun.keys()) {
      restored += reading.restored;
      remaining += reading.remaining;
    }
    logger.info({ changelogs: this.#begun.size, restored, remaining }, 'restoring');
    this.#reportsWithoutProgress = remaining === this.#remaining ? this.#reportsWithoutProgress + 1 : 0;
    this.#remaining = remaining;
    if (this.#reportsWithoutProgress > 0 && this.#reportsWithoutProgress % REPORTS_TO_WARN === 0) this.#warn();
  }

  /** Kafka shows committed records only up to the first open transaction; one that its coordinator forgot stays open. */
  #warn(): void {
    const partitions = [...this.#begun.keys()].map(({ topic, partition, position, end }) => ({
      topic,
      partition,
      position,
      end,
    }));
    this.#options.logger.warn(
      { partitions, ms: this.#reportsWithoutProgress * REPORT_EVERY_MS },
      'no record of these changelogs could be read, although they go on: a broker does not answer, or a transaction hangs. Look at the brokers, and at what kafka-transactions.sh find-hanging says',
    );
  }

  #tell(say: (listener: StateRestoreListener) => void): void {
    const { listener, logger } = this.#options;
    if (!listener) return;
    try {
      say(listener);
    } catch (error) {
      logger.error({ err: messageOf(error) }, 'a listener of restores threw');
    }
  }
}

function partitionOf({ topic, partition }: StoreReading) {
  return { topic, partition };
}

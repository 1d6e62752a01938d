import type { Clock } from '../../core/clock.ts';
import { RecordingTime, WindowStat } from '../../observe/window-stat.ts';
import type { FetchedChunk } from '../../kafka/client.ts';

/** What one stream thread counts. Times are in ms; of a turn, not of a record. */
export class ThreadMetrics {
  readonly startTime: number;
  readonly #time: RecordingTime;
  readonly #clock: Clock;
  /** When the loop last began a turn (monotone ms). */
  loopAt: number;
  commits = 0;
  readonly commitLatency: WindowStat;
  polls = 0;
  readonly pollRecords: WindowStat;
  processed = 0;
  /** For each record. */
  readonly processLatency: WindowStat;
  punctuations = 0;
  readonly punctuateLatency: WindowStat;
  tasksCreated = 0;
  tasksClosed = 0;
  /** Waiting for the broker: input, room in the producer, commits. */
  blockedMs = 0;
  fetchedBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#time = new RecordingTime(clock);
    this.startTime = clock.now();
    this.loopAt = clock.monotonic();
    const stat = (): WindowStat => new WindowStat(this.#time);
    [this.commitLatency, this.pollRecords, this.processLatency, this.punctuateLatency] = [
      stat(),
      stat(),
      stat(),
      stat(),
    ];
  }

  /** A turn of the loop begins. */
  turn(): void {
    this.loopAt = this.#clock.monotonic();
    this.#time.refresh();
  }

  polled(chunks: readonly FetchedChunk[]): void {
    if (chunks.length === 0) return;
    this.polls++;
    for (const { bytes } of chunks) this.fetchedBytes += bytes;
  }

  processedIn(records: number, ms: number): void {
    this.processed += records;
    this.processLatency.record(ms / records, records);
  }

  punctuatedIn(ms: number): void {
    this.punctuations++;
    this.punctuateLatency.record(ms);
  }

  /** Waits for a promise and counts the time as blocked. */
  async blocked(wait: Promise<void>): Promise<void> {
    const begun = this.#clock.monotonic();
    try {
      await wait;
    } finally {
      this.blockedMs += this.#clock.monotonic() - begun;
    }
  }

  async commit(wait: Promise<void>): Promise<void> {
    const begun = this.#clock.monotonic();
    await this.blocked(wait);
    this.commits++;
    this.commitLatency.record(this.#clock.monotonic() - begun);
  }
}

import { ObservedTime } from './observed-time.ts';
import type { Emission } from './processor.ts';

/** Stands for none: what is remembered is a whole number of 64 bits. */
const NONE = -Number.MAX_SAFE_INTEGER;

/**
 * What both sides of an outer join in one task share of time. It is kept beside the committed positions, so that what
 * waits for a partner leaves with the same record after a restart as without; Kafka Streams begins anew there.
 */
export class JoinTime {
  readonly #emission: Emission;
  readonly #observed: ObservedTime;
  /** Under which the time is kept with its sign turned: of several partitions' memories the latest counts. */
  readonly #minName: string;
  #minTime: number;
  /** The wall clock time of the next look for what can find no partner any more, in ms. */
  nextEmitMs = 0;

  /** `firstWaits`: the time of the oldest record in the store, for when nothing was remembered; Infinity: none. */
  constructor(emission: Emission, store: string, firstWaits: number) {
    this.#emission = emission;
    this.#observed = new ObservedTime(emission, store);
    this.#minName = `${store}-waits-from`;
    const remembered = emission.remembered(this.#minName);
    this.#minTime = remembered === null ? firstWaits : remembered === NONE ? Infinity : -remembered;
  }

  /** The highest timestamp of both sides' records. */
  get streamTime(): number {
    return this.#observed.time;
  }

  advanceTo(timestamp: number): void {
    this.#observed.after(timestamp);
  }

  /** When Kafka Streams' bookkeeping has the oldest record waiting from; Infinity: none waits. */
  get minTime(): number {
    return this.#minTime;
  }

  waitFrom(minTime: number): void {
    this.#minTime = minTime;
    this.#emission.remember(this.#minName, minTime === Infinity ? NONE : -minTime);
  }
}

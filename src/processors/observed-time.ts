import type { Emission } from './processor.ts';

/**
 * The highest timestamp an operator has seen: its stream time. Kept beside the committed positions, so that what was late
 * before a restart is late after it; Kafka Streams begins anew there.
 */
export class ObservedTime {
  readonly #emission: Emission;
  readonly #name: string;
  #time: number;

  constructor(emission: Emission, store: string) {
    this.#emission = emission;
    this.#name = `${store}-observed`;
    this.#time = emission.remembered(this.#name) ?? -1;
  }

  /** The time after a record of that timestamp. */
  after(timestamp: number): number {
    if (timestamp > this.#time) {
      this.#time = timestamp;
      this.#emission.remember(this.#name, timestamp);
    }
    return this.#time;
  }
}

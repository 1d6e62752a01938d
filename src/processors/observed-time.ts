import type { Emission } from './processor.ts';

/**
 * The highest timestamp an operator has seen: its stream time. Kept beside the committed positions, so that what was late
 * before a restart is late after it; Kafka Streams begins anew there.
 */
export class ObservedTime {
  readonly #emission: Emission;
  readonly #name: string;
  #time: number;

  /** `name`: the node's; several nodes may write to one store, each with a time of its own. */
  constructor(emission: Emission, name: string) {
    this.#emission = emission;
    this.#name = `${name}-observed`;
    this.#time = emission.remembered(this.#name) ?? -1;
  }

  /** -1: nothing was seen yet. */
  get time(): number {
    return this.#time;
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

/** A partition that is being read: where its next request begins, and what of it is held by the caller. */
export interface PartitionReading {
  readonly topic: string;
  readonly partition: number;
  /** The offset the next request asks for. */
  position: number;
  /** Bytes of its chunks that are not released. */
  heldBytes: number;
  /** A request of it is on its way. */
  inFlight: boolean;
  /** No request before this time (monotone ms). */
  notBefore: number;
  /** Refusals in a row. */
  failures: number;
  /** Since when the topic has been missing (monotone ms), or 0. */
  missingSince: number;
}

export function newReading(topic: string, partition: number, offset: number): PartitionReading {
  return {
    topic,
    partition,
    position: offset,
    heldBytes: 0,
    inFlight: false,
    notBefore: 0,
    failures: 0,
    missingSince: 0,
  };
}

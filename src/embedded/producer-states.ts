import type { KafkaErrorName } from './kafka-error.ts';

/** The fields of a batch that the sequence check looks at. */
export interface ProducedBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** `duplicate`: the batch is in the log already, at that offset. */
export type SequenceCheck =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number }
  | { readonly kind: 'refused'; readonly error: KafkaErrorName };

interface RememberedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
}

interface ProducerState {
  epoch: number;
  /** The newest last; at most five, as a client has at most five requests in flight. */
  batches: RememberedBatch[];
}

const REMEMBERED = 5;
const MAX_SEQUENCE = 0x7fff_ffff;
const ACCEPTED: SequenceCheck = { kind: 'accepted' };

/** What a partition knows of its idempotent producers: Kafka's ProducerStateManager, without expiry. */
export class ProducerStates {
  readonly #states = new Map<number, ProducerState>();

  check(batch: ProducedBatch): SequenceCheck {
    const state = this.#states.get(batch.producerId);
    // A producer that is not known may begin anywhere: its records may have been deleted (KIP-360).
    if (!state) return ACCEPTED;
    if (batch.producerEpoch < state.epoch) return { kind: 'refused', error: 'INVALID_PRODUCER_EPOCH' };
    if (batch.producerEpoch > state.epoch) {
      return batch.firstSequence === 0 ? ACCEPTED : { kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
    }
    const before = state.batches.find(
      (known) => known.firstSequence === batch.firstSequence && known.lastSequence === batch.lastSequence,
    );
    if (before) return { kind: 'duplicate', baseOffset: before.baseOffset };
    const last = state.batches.at(-1)?.lastSequence ?? -1;
    const expected = last === MAX_SEQUENCE ? 0 : last + 1;
    return batch.firstSequence === expected ? ACCEPTED : { kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
  }

  accept(batch: ProducedBatch, baseOffset: number): void {
    const state = this.fence(batch.producerId, batch.producerEpoch);
    state.batches.push({ firstSequence: batch.firstSequence, lastSequence: batch.lastSequence, baseOffset });
    if (state.batches.length > REMEMBERED) state.batches.shift();
  }

  /** A new epoch of the producer, as a marker of the transaction coordinator brings it: older ones are refused from now on. */
  fence(producerId: number, epoch: number): ProducerState {
    let state = this.#states.get(producerId);
    if (!state) {
      state = { epoch, batches: [] };
      this.#states.set(producerId, state);
    } else if (epoch > state.epoch) {
      state.epoch = epoch;
      state.batches = [];
    }
    return state;
  }

  /** The last sequence number that a batch has, given its first and its records. */
  static lastSequence(firstSequence: number, records: number): number {
    const last = firstSequence + records - 1;
    return last > MAX_SEQUENCE ? last - MAX_SEQUENCE - 1 : last;
  }
}

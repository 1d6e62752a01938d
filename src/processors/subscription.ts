/** What the foreign side shall do, by the byte that stands for it. The names are Kafka Streams'. */
export const INSTRUCTION = Object.freeze({
  /** Forget the row, say nothing. */
  deleteKeyNoPropagate: 0,
  /** Forget the row and answer that it has no partner. */
  deleteKeyAndPropagate: 1,
  /** Answer in any case: with null where there is no partner. */
  propagateNullIfNoValue: 2,
  /** Answer only where there is a partner. */
  propagateOnlyIfValue: 3,
});

export type Instruction = (typeof INSTRUCTION)[keyof typeof INSTRUCTION];

/** A row of the left table, as its foreign key's partition knows it. Kafka Streams' `SubscriptionWrapper`. */
export interface Subscription<K> {
  /** Of the left value's bytes, 16 bytes; null: the row was deleted. */
  readonly hash: Buffer | null;
  readonly instruction: Instruction;
  readonly primaryKey: K;
  /** Where the answer goes; null in records of Kafka Streams before 3.4. */
  readonly primaryPartition: number | null;
}

/** A {@link Subscription} on its way out: the hash is taken as it is written, by the serde that is ready for the topic. */
export interface OutgoingSubscription<K, V> {
  readonly value: V | null;
  readonly instruction: Instruction;
  readonly primaryKey: K;
  readonly primaryPartition: number;
}

/** The key of a subscription where it is kept: all rows with the same foreign key are together. */
export interface SubscriptionKey<KO, K> {
  readonly foreignKey: KO;
  readonly primaryKey: K;
}

/** The foreign side's answer. Kafka Streams' `SubscriptionResponseWrapper`. */
export interface SubscriptionResponse<V, VO> {
  /** The hash of the left value that the answer is about; null: that row was deleted. */
  readonly hash: Buffer | null;
  readonly foreignValue: VO | null;
  /** Where it goes; null once it is there. */
  readonly primaryPartition: number | null;
  /** Hashes a left value as the asking side did; null on the way out. */
  readonly hashOf: ((value: V) => Buffer) | null;
}

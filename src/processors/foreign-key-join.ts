import type { Serde } from '../core/serde.ts';
import { withTimestamp } from '../core/record.ts';
import type { TimestampedKeyValueStore } from '../state/store.ts';
import type { Change } from './change.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { sameKey } from './same-key.ts';
import { foreignPrefix } from './subscription-serdes.ts';
import { INSTRUCTION } from './subscription.ts';
import type { Instruction, OutgoingSubscription, Subscription } from './subscription.ts';
import type { SubscriptionKey, SubscriptionResponse } from './subscription.ts';
import { unready } from './unready.ts';
import type { ValueGetter, ValueGetterSupplier } from './value-getter.ts';

export interface SubscribeOptions<K, V, KO> {
  readonly foreignKeyOf: (value: V, key: K) => KO | null;
  readonly foreignKey: Serde<KO>;
  readonly left: boolean;
}

/**
 * The first step of a foreign-key join: tells the partition of the row's foreign key about the row, and that of the one
 * before that it has gone. Which instruction goes where is Kafka Streams' 4.x (KAFKA-16394 and what followed).
 */
export function subscribe<K, V, KO>(
  options: SubscribeOptions<K, V, KO>,
): ProcessorSupplier<K, Change<V>, KO | null, OutgoingSubscription<K, V>> {
  const { foreignKeyOf, foreignKey, left } = options;
  return () => {
    let forward: Forward<KO | null, OutgoingSubscription<K, V>> = unready;
    let task: ProcessorContext<KO | null, OutgoingSubscription<K, V>> | null = null;
    let partition = -1;
    return {
      init(context) {
        task = context;
        forward = context.forward;
        partition = context.partition;
      },
      process(key, change, record) {
        const { oldValue, newValue } = change;
        if (oldValue === null && newValue === null) return;
        const before = oldValue === null ? null : (foreignKeyOf(oldValue, key) ?? null);
        const now = newValue === null ? null : (foreignKeyOf(newValue, key) ?? null);
        const send = (to: KO | null, instruction: Instruction): void =>
          forward(to, { value: newValue, instruction, primaryKey: key, primaryPartition: partition }, record);
        const moved = before !== null && (now === null || !sameKey(before, now, foreignKey));
        if (left) {
          if (moved) send(before, INSTRUCTION.deleteKeyNoPropagate);
          send(now, INSTRUCTION.propagateNullIfNoValue);
        } else if (now === null) {
          if (newValue !== null) task?.dropped('null-join-key', record);
          if (before !== null) send(before, INSTRUCTION.deleteKeyAndPropagate);
        } else if (moved) {
          send(before, INSTRUCTION.deleteKeyNoPropagate);
          send(now, INSTRUCTION.propagateNullIfNoValue);
        } else {
          send(now, INSTRUCTION.propagateOnlyIfValue);
        }
      },
    };
  };
}

type SubscriptionStore<K, KO> = TimestampedKeyValueStore<SubscriptionKey<KO, K>, Subscription<K>>;

/** On the foreign side: keeps the subscriptions of its foreign keys, and passes them on to be answered. */
export function receiveSubscription<K, KO>(
  store: string,
): ProcessorSupplier<KO | null, Subscription<K>, KO | null, Subscription<K>> {
  return () => {
    let forward: Forward<KO | null, Subscription<K>> = unready;
    let task: ProcessorContext<KO | null, Subscription<K>> | null = null;
    let kept: Pick<SubscriptionStore<K, KO>, 'put'> = { put: unready };
    return {
      init(context) {
        task = context;
        forward = context.forward;
        kept = context.store<SubscriptionStore<K, KO>>(store);
      },
      process(foreignKey, subscription, record) {
        const { instruction, primaryKey } = subscription;
        if (foreignKey === null && instruction !== INSTRUCTION.propagateNullIfNoValue) {
          task?.dropped('null-join-key', record);
          return;
        }
        if (foreignKey !== null) {
          const gone =
            instruction === INSTRUCTION.deleteKeyAndPropagate || instruction === INSTRUCTION.deleteKeyNoPropagate;
          kept.put({ foreignKey, primaryKey }, gone ? null : subscription, record);
        }
        forward(foreignKey, subscription, record);
      },
    };
  };
}

/** Answers a subscription with the foreign table's row, as its instruction says. */
export function answerSubscription<K, V, KO, VO>(
  foreign: ValueGetterSupplier<KO, VO>,
): ProcessorSupplier<KO | null, Subscription<K>, K, SubscriptionResponse<V, VO>> {
  return () => {
    let forward: Forward<K, SubscriptionResponse<V, VO>> = unready;
    let rows: Pick<ValueGetter<KO, VO>, 'getWithTimestamp'> = { getWithTimestamp: unready };
    return {
      init(context) {
        forward = context.forward;
        rows = foreign.open(context);
      },
      process(foreignKey, { hash, instruction, primaryKey, primaryPartition }, record) {
        if (instruction === INSTRUCTION.deleteKeyNoPropagate) return;
        const row = foreignKey === null ? null : rows.getWithTimestamp(foreignKey);
        if (row === null && instruction === INSTRUCTION.propagateOnlyIfValue) return;
        const foreignValue = instruction === INSTRUCTION.deleteKeyAndPropagate ? null : (row?.value ?? null);
        const later = row !== null && row.timestamp > record.timestamp;
        const at = later ? withTimestamp(record, row.timestamp) : record;
        forward(primaryKey, { hash, foreignValue, primaryPartition, hashOf: null }, at);
      },
    };
  };
}

/** An update of the foreign table: answers all rows that have subscribed to its key. */
export function updateSubscribers<K, V, KO, VO>(
  store: string,
  foreignKey: Serde<KO>,
): ProcessorSupplier<KO, Change<VO>, K, SubscriptionResponse<V, VO>> {
  return () => {
    let forward: Forward<K, SubscriptionResponse<V, VO>> = unready;
    let task: ProcessorContext<K, SubscriptionResponse<V, VO>> | null = null;
    let kept: Pick<SubscriptionStore<K, KO>, 'prefixScan'> = { prefixScan: unready };
    return {
      init(context) {
        task = context;
        forward = context.forward;
        kept = context.store<SubscriptionStore<K, KO>>(store);
      },
      process(key, { newValue }, record) {
        if (key === null) {
          task?.dropped('null-key', record);
          return;
        }
        for (const [{ primaryKey }, { hash, primaryPartition }] of kept.prefixScan(
          foreignPrefix(foreignKey.serialize('', key)),
        )) {
          forward(primaryKey, { hash, foreignValue: newValue, primaryPartition, hashOf: null }, record);
        }
      },
    };
  };
}

export interface ResolveOptions<K, V, VO, R> {
  readonly left: ValueGetterSupplier<K, V>;
  readonly joiner: (value: V, foreign: VO | null, key: K) => R;
  readonly leftJoin: boolean;
}

/** The last step: joins an answer with the left row, unless that has changed since it was asked about. */
export function resolveResponse<K, V, VO, R>(
  options: ResolveOptions<K, V, VO, R>,
): ProcessorSupplier<K, SubscriptionResponse<V, VO>, K, R | null> {
  const { left, joiner, leftJoin } = options;
  return () => {
    let forward: Forward<K, R | null> = unready;
    let rows: Pick<ValueGetter<K, V>, 'get'> = { get: unready };
    return {
      init(context) {
        forward = context.forward;
        rows = left.open(context);
      },
      process(key, { hash, foreignValue, hashOf }, record) {
        const value = rows.get(key);
        const current = value === null || hashOf === null ? null : hashOf(value);
        // An answer about an older row: another one follows, so this is no record that was dropped.
        if (hash === null || current === null ? hash !== current : !hash.equals(current)) return;
        const lacks = value === null || (foreignValue === null && !leftJoin);
        forward(key, lacks ? null : joiner(value, foreignValue, key), record);
      },
    };
  };
}

import { NeedsPreparation, type Serde } from '../../src/core/serde.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';

/** Writes a message by one process and reads it by another that meets its schema for the first time. */
export async function roundTrip<T>(serde: Serde<T>, value: T): Promise<T> {
  const topic = 'topic';
  const registry = new EmbeddedRegistry();
  const prepared = async (direction: 'read' | 'write'): Promise<Serde<T>> =>
    (await serde.prepare?.({ topic, role: 'value', direction, registry })) ?? serde;
  const bytes = (await prepared('write')).serialize(topic, value);
  const reader = await prepared('read');
  try {
    return reader.deserialize(topic, bytes);
  } catch (error) {
    if (!(error instanceof NeedsPreparation)) throw error;
    await reader.recover?.(error);
    return reader.deserialize(topic, bytes);
  }
}

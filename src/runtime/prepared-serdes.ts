import { messageOf, StreamsError } from '../core/errors.ts';
import type { SchemaRegistry, Serde, SerdeUse } from '../core/serde.ts';
import type { KafkaAdmin } from '../kafka/client.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import type { SinkNode, SourceNode } from '../topology/topology.ts';
import type { Destination } from './record-collector.ts';

export interface SerdePair {
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}

/**
 * The serdes of a topology, made ready for the topics they are used on. Each use is prepared once and shared by the tasks
 * of an application.
 */
export class PreparedSerdes {
  readonly #registry: SchemaRegistry | null;
  readonly #admin: Pick<KafkaAdmin, 'describeTopics'>;
  readonly #uses = new Map<string, Promise<SerdePair>>();
  readonly #destinations = new Map<string, Destination>();

  constructor(registry: SchemaRegistry | null, admin: Pick<KafkaAdmin, 'describeTopics'>) {
    this.#registry = registry;
    this.#admin = admin;
  }

  source(node: SourceNode, topic: string): Promise<SerdePair> {
    return this.#pair(`source ${node.name}`, node, topic, 'read');
  }

  /** A store's spec with serdes that are ready for its changelog. */
  async store(spec: StoreSpec, changelog: string): Promise<StoreSpec> {
    const { key, value } = await this.#pair(`store ${spec.name}`, spec, changelog, 'both');
    return { ...spec, key, value };
  }

  known(node: string, topic: string): Destination | undefined {
    return this.#destinations.get(`${node} ${topic}`);
  }

  /** @throws TOPIC_MISSING */
  async destination(node: SinkNode, topic: string): Promise<Destination> {
    const { key, value } = await this.#pair(`sink ${node.name}`, node, topic, 'write');
    const partitions = (await this.#admin.describeTopics([topic])).get(topic)?.partitions;
    if (partitions === undefined) {
      throw new StreamsError('TOPIC_MISSING', `topic ${topic}, written by ${node.name}, does not exist; create it`, {
        topic,
        node: node.name,
      });
    }
    const destination: Destination = { topic, partitions, key, value };
    this.#destinations.set(`${node.name} ${topic}`, destination);
    return destination;
  }

  #pair(user: string, serdes: SerdePair, topic: string, direction: SerdeUse['direction']): Promise<SerdePair> {
    const id = `${user} ${topic}`;
    const known = this.#uses.get(id);
    if (known) return known;
    const made = this.#prepare(serdes, topic, direction, user);
    this.#uses.set(id, made);
    made.catch(() => this.#uses.delete(id));
    return made;
  }

  async #prepare(
    { key, value }: SerdePair,
    topic: string,
    direction: SerdeUse['direction'],
    user: string,
  ): Promise<SerdePair> {
    const ready = async (serde: Serde<unknown>, role: SerdeUse['role']): Promise<Serde<unknown>> => {
      try {
        return (await serde.prepare?.({ topic, role, direction, registry: this.#registry })) ?? serde;
      } catch (error) {
        if (error instanceof StreamsError) throw error.at({ topic });
        throw new StreamsError(
          'SCHEMA_INVALID',
          `the ${role} serde ${serde.name} of ${user} cannot be used on ${topic}: ${messageOf(error)}`,
          { cause: error, topic },
        );
      }
    };
    return { key: await ready(key, 'key'), value: await ready(value, 'value') };
  }
}

import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';
import type { SinkNode, TopologyPlan } from '../../topology/topology.ts';
import { decode, type DeadLetterReader, type ReplayedRecord } from './dead-letter-source.ts';

/** A topic of dead letters that the application has said nothing of: what the topologies tell about it. */
export interface PlainSource {
  openReader(registry: Parameters<NonNullable<Serde<unknown>['prepare']>>[0]['registry']): Promise<DeadLetterReader>;
  /** The record for a topic that it was first read from: the same bytes. @throws CONFIG_INVALID when that is not what they are */
  replay(originTopic: string, bytes: Buffer | null): ReplayedRecord;
}

/**
 * The value is read with the serde that it was written with. It may be sent again as it is where the topic that it came
 * from is read with that same serde, or where the runtime itself wrote it (`deadLetterTopic` keeps a record's own bytes).
 */
export function plainSource(topic: string, plans: readonly TopologyPlan[]): PlainSource {
  const nodes = plans.flatMap((plan) => plan.subTopologies.flatMap((part) => part.nodes));
  const writer = nodes.find((node): node is SinkNode => node.kind === 'sink' && node.topic === topic);
  return {
    openReader: async (registry) => {
      const serde = writer?.value;
      const prepared = (await serde?.prepare?.({ topic, role: 'value', direction: 'read', registry })) ?? serde;
      return {
        decode: async (bytes) => (prepared === undefined ? textOrJson(bytes) : decode(prepared, topic, bytes)),
        facts: () => ({}),
      };
    },
    replay: (originTopic, bytes) => {
      const reader = nodes.find((node) => node.kind === 'source' && node.topics.includes(originTopic));
      const same = writer === undefined || (reader?.kind === 'source' && reader.value === writer.value);
      if (same) return { value: bytes };
      throw new StreamsError(
        'CONFIG_INVALID',
        `the records of ${topic} are not those of ${originTopic}: say in deadLetters of the application what to send again`,
      );
    },
  };
}

function textOrJson(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.includes('\u{fffd}') ? bytes : text;
  }
}

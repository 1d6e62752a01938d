import type { Clock } from '../../core/clock.ts';
import { StreamsError } from '../../core/errors.ts';
import type { SchemaRegistry } from '../../core/serde.ts';
import type { KafkaClient } from '../../kafka/client.ts';
import type { TopologyPlan } from '../../topology/topology.ts';
import { readDeadLetter, type DeadLetter } from './dead-letter.ts';
import { matches, type DeadLetterFilter } from './dead-letter-filter.ts';
import type { DeadLetterReader, DeadLetterSource, ReplayedRecord } from './dead-letter-source.ts';
import { plainSource } from './plain-source.ts';
import { ReplayMarks } from './replay-marks.ts';
import { scanTopics, type Scanned } from './scan-topics.ts';

export interface DeadLettersOptions {
  readonly client: KafkaClient;
  readonly registry: SchemaRegistry | null;
  readonly clock: Clock;
  /** The consumer group of this tool, which no stage has; also the transactional id of its replays. */
  readonly group: string;
  readonly topics: readonly string[];
  /** What the application says about its topics; the others are read as their writers wrote them. */
  readonly sources: readonly DeadLetterSource[];
  readonly plans: readonly TopologyPlan[];
}

/** For a dead letter: the topic and the record to send again. */
export type ReplayOf = (letter: DeadLetter) => ReplayedRecord & { readonly topic: string };

/** The dead letters of an application: reads them, and knows which of them were sent again. */
export class DeadLetters {
  readonly options: DeadLettersOptions;
  readonly #readers = new Map<string, DeadLetterReader>();

  constructor(options: DeadLettersOptions) {
    this.options = options;
  }

  /** Every dead letter that the filter means, in order within a partition, one at a time. */
  async visit(
    filter: DeadLetterFilter,
    marks: ReplayMarks,
    visit: (letter: DeadLetter, matching: boolean) => Promise<void> | void,
  ): Promise<Scanned> {
    const { client, topics } = this.options;
    return scanTopics(client, topics, async (record) => {
      const letter = await readDeadLetter(record, await this.#reader(record.topic), marks.get(record));
      await visit(letter, matches(letter, filter));
    });
  }

  readMarks(): Promise<ReplayMarks> {
    return ReplayMarks.read(this.options.client, this.options.group);
  }

  /** How the letters of each topic are sent again. @throws CONFIG_INVALID from its answer where nobody knows how */
  async openReplay(): Promise<ReplayOf> {
    const { registry, sources, topics } = this.options;
    const opened = new Map<string, { readonly topic: string; readonly of: (value: unknown) => ReplayedRecord }>();
    for (const source of sources) {
      if (!topics.includes(source.topic)) continue;
      opened.set(source.topic, { topic: source.replayTopic, of: await source.openReplay(registry) });
    }
    return (letter) => {
      const source = opened.get(letter.topic);
      if (source) {
        if (letter.undecodable === null && letter.bytes !== null)
          return { topic: source.topic, ...source.of(letter.value) };
        throw new StreamsError('DESERIALIZATION', letter.undecodable ?? 'the dead letter has no value');
      }
      if (letter.origin === null) {
        throw new StreamsError('CONFIG_INVALID', 'its headers do not say which topic it came from');
      }
      const { topic } = letter.origin;
      return { topic, ...plainSource(letter.topic, this.options.plans).replay(topic, letter.bytes) };
    };
  }

  async #reader(topic: string): Promise<DeadLetterReader> {
    const known = this.#readers.get(topic);
    if (known) return known;
    const { registry, sources, plans } = this.options;
    const source = sources.find((it) => it.topic === topic) ?? plainSource(topic, plans);
    const reader = await source.openReader(registry);
    this.#readers.set(topic, reader);
    return reader;
  }
}

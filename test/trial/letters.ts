import * as claimx from '../../src/apps/claimx/serdes.ts';
import type { DeadLetterReason } from '../../src/apps/shared/dead-letter.ts';
import type { FailedEventFields } from '../../src/apps/shared/ingest-events.ts';
import * as xact from '../../src/apps/xact/serdes.ts';
import type { SchemaRegistry, Serde } from '../../src/core/serde.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { valuesOf } from '../faults/dead-letters.ts';
import { causes } from './causes.ts';
import { differences } from './table-keys.ts';

/** What a dead letter is about, and what it says of the cause. */
interface Letter {
  readonly id: string;
  readonly says: string;
}

type ReadLetter = (topic: string, registry: SchemaRegistry) => Promise<(bytes: Buffer) => Letter>;

function letter<D>(serde: Serde<D>, read: (failed: D) => Letter): ReadLetter {
  return async (topic, registry) => {
    const reader = (await serde.prepare?.({ topic, role: 'value', direction: 'both', registry })) ?? serde;
    return (bytes) => read(reader.deserialize(topic, bytes));
  };
}

const says = ({ error_category, http_status, error }: DeadLetterReason): string =>
  `${error_category} ${http_status ?? '-'} ${error}`;

/** Samples send their records to the partitions by turns. */
const SAMPLE_PARTITIONS = 4;
const malformed = ({ source_partition, source_offset, error_code, reason }: FailedEventFields): Letter => ({
  id: String(source_offset * SAMPLE_PARTITIONS + source_partition),
  says: `${error_code} ${reason}`,
});

const topics: Readonly<Record<string, ReadLetter>> = {
  'claimx.events.dlq': letter(claimx.failedEventSerde, malformed),
  'claimx.enrichment.dlq': letter(claimx.failedEnrichmentSerde, (failed) => ({
    id: failed.event_id,
    says: says(failed),
  })),
  'claimx.downloads.dlq': letter(claimx.failedDownloadSerde, (failed) => ({ id: failed.media_id, says: says(failed) })),
  'xact.events.dlq': letter(xact.failedEventSerde, malformed),
  'xact.downloads.dlq': letter(xact.failedDownloadSerde, (failed) => ({
    id: `${failed.trace_id}/${failed.attachment_id}`,
    says: says(failed),
  })),
};

export interface LettersVerdict {
  readonly records: number;
  readonly expected: number;
  readonly twice: number;
  readonly missing: number;
  readonly unexpected: number;
  /** Letters that name another cause than the one that the sample has put there. */
  readonly wrongCause: number;
  /** Some of these, for people. */
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 5;

/** Compares the dead letters of a topic with what is wrong in the sample. */
export async function checkLetters(
  client: KafkaClient,
  registry: SchemaRegistry,
  topic: string,
  expected: ReadonlyMap<string, string>,
): Promise<LettersVerdict> {
  const read = await topics[topic]?.(topic, registry);
  if (!read) throw new Error(`nothing is known of the dead letters of ${topic}`);
  const values = await valuesOf(client, topic);
  const found = new Map<string, string>();
  for (const value of values) {
    const { id, says: text } = read(value);
    found.set(id, text);
  }
  const wrong = Array.from(found).flatMap(([id, text]) => {
    const what = expected.get(id);
    return what === undefined || causes[what]?.test(text) === true ? [] : [`${what}: ${text}`];
  });
  return {
    records: values.length,
    expected: expected.size,
    twice: values.length - found.size,
    ...differences(found, expected),
    wrongCause: wrong.length,
    examples: wrong.slice(0, MOST_EXAMPLES),
  };
}

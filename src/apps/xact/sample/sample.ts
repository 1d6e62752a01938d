import { join } from 'node:path';
import type { Sample, SampleEnvironment } from '../../../runtime/define-app.ts';
import type { Facts } from '../../shared/sample/facts.ts';
import { compare } from '../../shared/sample/comparison.ts';
import { faultPlan } from '../../shared/sample/fault-plan.ts';
import { sampleDownloads } from '../../shared/sample/sample-downloads.ts';
import { produceSample, type SampleRecord } from '../../shared/sample/produce.ts';
import { resumeSimulator } from '../../shared/sample/resume-simulator.ts';
import { readAttachmentLink } from '../attachment-link.ts';
import { downloadBuckets, parseXactConfig } from '../config.ts';
import { newEvent, type Event } from '../schemas.generated.ts';
import { eventSerde } from '../serdes.ts';
import { xactTables } from '../tables.ts';
import { generateSample, type SampleAttachment, type SampleEvent } from './generator.ts';
import { startSimulator, type XactSimulator } from './simulator.ts';

const PARTITIONS = 4;

/** The sample with what a check of a run needs beside it. */
export interface XactSample extends Sample {
  readonly facts: Facts;
  readonly simulator: XactSimulator;
}

/**
 * The sample of xact: some generated days of events, and their file hosts simulated on a loopback port. The port and the
 * faults that were had are kept in the data folder, so that a run that was killed can be taken up.
 */
export async function openSample(environment: SampleEnvironment): Promise<XactSample> {
  const { dataDir, seed, client } = environment;
  const { records, files, facts, manifest } = generateSample(environment);
  const plan = faultPlan(environment);
  const simulator = await resumeSimulator(dataDir, 'xact-simulator', (options) =>
    startSimulator({ files, seed, ...(plan === undefined ? {} : { faults: plan }), ...options }),
  );
  const section = {
    lake: { tables: join(dataDir, 'lake'), files: join(dataDir, 'files', 'xact') },
    cacheDir: join(dataDir, 'cache', 'xact'),
    downloads: sampleDownloads,
    retry: { delayScale: 0.0005 },
    flush: { intervalMs: 500 },
  };
  const config = parseXactConfig(section);
  const topics = [...Object.values(config.topics), ...downloadBuckets(config).topics];
  const sending = { topic: config.topics.eventsRaw, event: eventSerde, toAvro };
  return {
    config: section,
    topics: topics.map((name) => ({ name, partitions: PARTITIONS, replicationFactor: -1 })),
    expected: manifest,
    facts: named(facts, (id) => idOf(files.get(id), simulator)),
    simulator,
    produce: () =>
      produceSample(
        records.map((record) => withLinks(record, simulator)),
        sending,
        environment,
      ),
    summary: () =>
      compare({ client, tables: xactTables, folder: config.lake.tables, manifest, requests: simulator.requests }),
    close: () => simulator.close(),
  };
}

/** Attachments go by the ids that the application gives them, which their links tell. */
function named({ tables, deadLetters }: Facts, idOfFile: (id: string) => string): Facts {
  const name = (key: string): string => {
    const [trace = '', id = ''] = key.split('/');
    return `${trace}/${idOfFile(id)}`;
  };
  const lost = Array.from(deadLetters['xact.downloads.dlq'] ?? [], ([key, what]) => [name(key), what] as const);
  return {
    tables: { ...tables, xact_attachments: new Set(Array.from(tables['xact_attachments'] ?? [], name)) },
    deadLetters: { ...deadLetters, 'xact.downloads.dlq': new Map(lost) },
  };
}

function idOf(file: SampleAttachment | undefined, simulator: XactSimulator): string {
  return file === undefined ? '' : readAttachmentLink(simulator.linkTo(file)).id;
}

/** An event with links to its attachments: all there is to send. */
type SentEvent = Omit<SampleEvent, 'attachments'> & { readonly attachments?: readonly string[] };

function withLinks(record: SampleRecord<SampleEvent>, simulator: XactSimulator): SampleRecord<SentEvent> {
  if (record.kind === 'malformed') return record;
  const { attachments, ...event } = record.event;
  if (attachments === undefined) return { ...record, event };
  return { ...record, event: { ...event, attachments: attachments.map((one) => simulator.linkTo(one)) } };
}

function toAvro({ timestamp, payload, ...fields }: SentEvent): Event {
  return newEvent({
    ...fields,
    timestamp: Date.parse(timestamp),
    payload: payload === undefined ? null : JSON.stringify(payload),
  });
}

import { join } from 'node:path';
import type { NewTopic } from '../../../kafka/client.ts';
import type { Sample, SampleEnvironment } from '../../../runtime/define-app.ts';
import { faultPlan } from '../../shared/sample/fault-plan.ts';
import { sampleDownloads } from '../../shared/sample/sample-downloads.ts';
import type { Facts } from '../../shared/sample/facts.ts';
import { compare } from '../../shared/sample/comparison.ts';
import { produceSample } from '../../shared/sample/produce.ts';
import { resumeSimulator } from '../../shared/sample/resume-simulator.ts';
import { downloadBuckets, enrichmentBuckets, parseClaimxConfig, type ClaimxConfig } from '../config.ts';
import { newEvent, type Event } from '../schemas.generated.ts';
import { eventSerde } from '../serdes.ts';
import { claimxTables } from '../tables.ts';
import { generateSample, type SampleEvent } from './generator.ts';
import { startSimulator, type Simulator } from './simulator.ts';

const TOKEN = 'c2ltdWxhdGVkOnRva2Vu';
const PARTITIONS = 4;

/** The sample with what a check of a run needs beside it. */
export interface ClaimxSample extends Sample {
  readonly facts: Facts;
  readonly simulator: Simulator;
}

/**
 * The sample of claimx: a generated day of events, and the ClaimX API and its file host simulated on a loopback port.
 * The port and the faults that were had are kept in the data folder, so that a run that was killed can be taken up.
 */
export async function openSample(environment: SampleEnvironment): Promise<ClaimxSample> {
  const { dataDir, seed, client } = environment;
  const { records, world, facts, manifest } = generateSample(environment);
  const plan = faultPlan(environment);
  const simulator = await resumeSimulator(dataDir, 'simulator', (options) =>
    startSimulator({ world, token: TOKEN, seed, ...(plan === undefined ? {} : { faults: plan }), ...options }),
  );
  const section = {
    api: {
      url: simulator.url,
      token: TOKEN,
      timeoutMs: 3000,
      backoffMs: 50,
      breaker: { failureThreshold: 10, resetMs: 200 },
    },
    lake: { tables: join(dataDir, 'lake'), files: join(dataDir, 'files') },
    cacheDir: join(dataDir, 'cache'),
    enrichment: { batchWaitMs: 200 },
    downloads: sampleDownloads,
    retry: { delayScale: 0.0005 },
    flush: { intervalMs: 500 },
  };
  const config = parseClaimxConfig(section);
  return {
    config: section,
    topics: topicsOf(config),
    expected: manifest,
    facts,
    simulator,
    produce: () => produceSample(records, { topic: config.topics.eventsRaw, event: eventSerde, toAvro }, environment),
    summary: () =>
      compare({ client, tables: claimxTables, folder: config.lake.tables, manifest, requests: simulator.requests }),
    close: () => simulator.close(),
  };
}

function toAvro({ raw_data: payload, ingested_at: time, ...fields }: SampleEvent): Event {
  const raw = payload === undefined ? null : JSON.stringify(payload);
  return newEvent({ ...fields, ingested_at: Date.parse(time), raw_data: raw });
}

function topicsOf(config: ClaimxConfig): NewTopic[] {
  const names = [
    ...Object.values(config.topics),
    ...enrichmentBuckets(config).topics,
    ...downloadBuckets(config).topics,
  ];
  return names.map((name) => ({ name, partitions: PARTITIONS, replicationFactor: -1 }));
}

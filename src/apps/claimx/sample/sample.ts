import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewTopic } from '../../../kafka/client.ts';
import type { Sample, SampleEnvironment } from '../../../runtime/define-app.ts';
import { downloadBuckets, enrichmentBuckets, parseClaimxConfig, type ClaimxConfig } from '../config.ts';
import { compare } from './comparison.ts';
import { faultPlan } from './fault-plan.ts';
import { generateSample } from './generator.ts';
import { produceSample } from './produce.ts';
import { MAX_FILE_BYTES } from './sample-media.ts';
import { startSimulator } from './simulator.ts';

const TOKEN = 'c2ltdWxhdGVkOnRva2Vu';
const PARTITIONS = 4;

/**
 * The sample of claimx: a generated day of events, and the ClaimX API and its file host simulated on a loopback port.
 * The port and the faults that were had are kept in the data folder, so that a run that was killed can be taken up.
 */
export async function openSample(environment: SampleEnvironment): Promise<Sample> {
  const { dataDir, events, seed, client, faults } = environment;
  const { records, world, manifest } = generateSample({ events, seed, ...(faults === undefined ? {} : { faults }) });
  const plan = faultPlan(faults, events);
  await mkdir(dataDir, { recursive: true });
  const portFile = join(dataDir, 'simulator.port');
  const options = {
    world,
    token: TOKEN,
    seed,
    faultJournal: join(dataDir, 'simulator.faults'),
    ...(plan === undefined ? {} : { faults: plan }),
  };
  const simulator = await startSimulator({ ...options, port: lastPort(portFile) }).catch(() => startSimulator(options));
  await writeFile(portFile, String(simulator.port));
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
    downloads: {
      allowedDomains: ['127.0.0.1'],
      allowLoopback: true,
      responseTimeoutMs: 3000,
      maxBytes: MAX_FILE_BYTES,
    },
    retry: { delayScale: 0.0005 },
    flush: { intervalMs: 500 },
  };
  const config = parseClaimxConfig(section);
  return {
    config: section,
    topics: topicsOf(config),
    expected: manifest,
    produce: () => produceSample(records, config.topics.eventsRaw, environment),
    summary: () => compare({ client, config, manifest, requests: simulator.requests }),
    close: () => simulator.close(),
  };
}

function lastPort(file: string): number {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0;
}

function topicsOf(config: ClaimxConfig): NewTopic[] {
  const names = [
    ...Object.values(config.topics),
    ...enrichmentBuckets(config).topics,
    ...downloadBuckets(config).topics,
  ];
  return names.map((name) => ({ name, partitions: PARTITIONS, replicationFactor: -1 }));
}

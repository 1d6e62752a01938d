import { type HeapProfiler, Session } from 'node:inspector';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { StreamsApp } from '../../src/index.ts';
import { makeInputs, PARTITIONS } from '../side-by-side/inputs.ts';
import { buildTopology, knownSchemas } from '../side-by-side/topologies.ts';
import type { InputSpec } from '../side-by-side/cases.ts';

const KEYS = 2_000;
/** Enough that the functions that matter are compiled. */
const WARM_RECORDS = 20_000;
const COUNTED_RECORDS = 20_000;

const input: InputSpec = {
  kind: 'bytes',
  records: WARM_RECORDS + COUNTED_RECORDS,
  keys: KEYS,
  valueBytes: 100,
  seed: 7,
};

/** Of two joined streams: about one partner for each record. */
const side: InputSpec = { ...input, records: input.records / 2, keys: 10_000 };

interface WorkCase {
  readonly input: InputSpec;
  readonly other?: InputSpec;
  /** Default: the library's. */
  readonly cacheMaxBytes?: number;
}

/** By name of the topology: what it reads. */
export const workCases: Readonly<Record<string, WorkCase>> = {
  stateless: { input },
  filter: { input },
  count: { input },
  window: { input },
  session: { input },
  'table-join': { input, other: { kind: 'rows', records: KEYS, keys: KEYS, valueBytes: 100, seed: 7 } },
  'stream-join': { input: side, other: { ...side, seed: 8 } },
  'foreign-key-join': {
    input: { ...input, kind: 'orders', keys: input.records },
    other: { kind: 'customers', records: 10_000, keys: 10_000, valueBytes: 100, seed: 7 },
    // A cache would hold all back until a commit.
    cacheMaxBytes: 0,
  },
  avro: { input: { ...input, kind: 'avro' } },
};

/** V8 notes one allocation in about so many bytes: some thousands for a case, so the sum is good to 2 %. */
const SAMPLED_BYTES = 2_048;

/**
 * Bytes allocated on the heap for each record that passes a topology over the embedded broker: by V8's samples of
 * allocations, those of objects that were collected meanwhile included.
 */
export async function allocatedBytes(name: string): Promise<number> {
  const spec = workCases[name];
  if (!spec) throw new Error(`no case ${name}; there are ${Object.keys(workCases).join(', ')}`);
  const broker = new EmbeddedBroker();
  const client = embeddedClient(broker);
  await client.connect();
  const inputs = makeInputs(client, name, 1_700_000_000_000);
  const stateDir = await mkdtemp(join(tmpdir(), 'bench-work-'));
  const output = `${name}-output`;
  await client.admin.createTopics([{ name: output, partitions: PARTITIONS, replicationFactor: 1 }]);
  const [topic, other] = [await inputs.topic(spec.input), spec.other ? await inputs.topic(spec.other) : ''];
  // Of a stream join both sides are counted where they come in.
  const until = spec.input.records + (name === 'stream-join' ? (spec.other?.records ?? 0) : 0);
  const half = until / 2;
  let seen = 0;
  let allocated = 0;
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const sampling = sampleAllocations();
  const app = new StreamsApp(
    buildTopology(name, {
      input: topic,
      other,
      output,
      seen: () => {
        seen++;
        if (seen === half) sampling.start();
        if (seen !== until) return;
        allocated = sampling.stop();
        finish();
      },
    }),
    {
      applicationId: name,
      kafka: { client },
      registry: knownSchemas,
      stateDir,
      uncommittedMaxBytes: 1 << 30,
      ...(spec.cacheMaxBytes === undefined ? {} : { cacheMaxBytes: spec.cacheMaxBytes }),
    },
  );
  await app.start();
  await done;
  await app.close();
  await client.close();
  await rm(stateDir, { recursive: true, force: true });
  return Math.round(allocated / (until - half));
}

/** Both at once: the session is with this thread. */
function sampleAllocations(): { start(): void; stop(): number } {
  const session = new Session();
  session.connect();
  return {
    start() {
      session.post('HeapProfiler.startSampling', {
        samplingInterval: SAMPLED_BYTES,
        includeObjectsCollectedByMajorGC: true,
        includeObjectsCollectedByMinorGC: true,
      });
    },
    stop() {
      let bytes = 0;
      session.post('HeapProfiler.stopSampling', (error, { profile }) => {
        if (error !== null) throw error;
        bytes = bytesBelow(profile.head);
      });
      session.disconnect();
      return bytes;
    },
  };
}

function bytesBelow({ selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number {
  let bytes = selfSize;
  for (const child of children) bytes += bytesBelow(child);
  return bytes;
}

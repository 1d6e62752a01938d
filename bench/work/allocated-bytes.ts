import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
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

/** By name of the topology: what it reads. */
export const workCases: Readonly<Record<string, { readonly input: InputSpec; readonly other?: InputSpec }>> = {
  stateless: { input },
  filter: { input },
  count: { input },
  window: { input },
  session: { input },
  'table-join': { input, other: { kind: 'rows', records: KEYS, keys: KEYS, valueBytes: 100, seed: 7 } },
  avro: { input: { ...input, kind: 'avro' } },
};

/**
 * Bytes allocated on the heap for each record that passes a topology over the embedded broker. Node has to
 * run with a young generation so large that nothing is collected while it counts.
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
  const until = spec.input.records;
  const half = until / 2;
  let seen = 0;
  let before = 0;
  let after = 0;
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const collections = countCollections();
  const app = new StreamsApp(
    buildTopology(name, {
      input: topic,
      other,
      output,
      seen: () => {
        seen++;
        if (seen === half) {
          globalThis.gc?.();
          before = usedBytes();
          collections.reset();
        }
        if (seen !== until) return;
        after = usedBytes();
        finish();
      },
    }),
    { applicationId: name, kafka: { client }, registry: knownSchemas, stateDir, uncommittedMaxBytes: 1 << 30 },
  );
  await app.start();
  await done;
  const collected = await collections.count();
  await app.close();
  await client.close();
  await rm(stateDir, { recursive: true, force: true });
  if (collected > 0) throw new Error(`${name}: memory was collected ${collected} times while it was counted`);
  return Math.round((after - before) / (until - half));
}

function usedBytes(): number {
  return process.memoryUsage().heapUsed;
}

/** Collections that began since the last reset. */
function countCollections(): { reset(): void; count(): Promise<number> } {
  let since = 0;
  const times: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) times.push(startTime);
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    reset() {
      since = performance.now();
    },
    async count() {
      const until = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 20));
      observer.disconnect();
      return times.filter((time) => time > since && time < until).length;
    },
  };
}

import { setTimeout } from 'node:timers/promises';
import type { KafkaClient } from '../../src/index.ts';
import { partitionOf } from '../../src/kafka/wire/murmur2.ts';
import { PARTITIONS } from './inputs.ts';

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

export interface LatencyProbe {
  readonly input: string;
  readonly output: string;
  readonly perSecond: number;
  readonly seconds: number;
}

const VALUE_BYTES = 100;
/** How long what was sent last may take. */
const PATIENCE_MS = 30_000;

/** Sends at a steady rate, reads what comes out, and says how long that took; the first quarter is warming up. */
export async function probeLatency(client: KafkaClient, probe: LatencyProbe): Promise<Latency> {
  const { input, output, perSecond, seconds } = probe;
  const total = perSecond * seconds;
  const latencies: number[] = [];
  const fetcher = client.fetcher();
  for (let partition = 0; partition < PARTITIONS; partition++) fetcher.add(output, partition, 0);
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  const begun = performance.now();
  const reading = (async () => {
    while (latencies.length < total && performance.now() - begun < seconds * 1_000 + PATIENCE_MS) {
      await fetcher.arrival(100);
      for (const chunk of fetcher.poll()) {
        const now = performance.now();
        while (chunk.records.next()) latencies.push(now - (chunk.records.value()?.readDoubleBE(0) ?? 0));
        fetcher.release(chunk);
      }
    }
  })();
  for (let sent = 0; sent < total; await setTimeout(1)) {
    for (const due = ((performance.now() - begun) * perSecond) / 1_000; sent < Math.min(due, total); sent++) {
      const key = Buffer.from(`key-${sent % 1_000}`);
      const value = Buffer.alloc(VALUE_BYTES);
      value.writeDoubleBE(performance.now(), 0);
      producer.send(input, partitionOf(key, PARTITIONS), key, value, Date.now(), []);
    }
  }
  await producer.flush();
  await reading;
  await Promise.all([producer.close(), fetcher.close()]);
  if (latencies.length !== total) throw new Error(`${total} records were sent, ${latencies.length} came out`);
  const steady = latencies.slice(total / 4).sort((one, other) => one - other);
  const at = (share: number): number => steady[Math.floor(share * steady.length)] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) };
}

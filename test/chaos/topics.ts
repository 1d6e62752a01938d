import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { KafkaClient } from '../../src/index.ts';
import { type Names, PARTITIONS } from './topology.ts';

/** Names of one run: its topics, all with the application's id before them, and its table's folder. */
export async function nameRun(applicationId: string, folder: string): Promise<Names> {
  const table = join(folder, `${applicationId}-table`);
  await mkdir(table);
  return {
    applicationId,
    orders: `${applicationId}-orders`,
    payments: `${applicationId}-payments`,
    counts: `${applicationId}-counts`,
    totals: `${applicationId}-totals`,
    pairs: `${applicationId}-pairs`,
    called: `${applicationId}-called`,
    table,
  };
}

export async function createTopics(client: KafkaClient, names: Names): Promise<void> {
  const { orders, payments, counts, totals, pairs, called } = names;
  await client.admin.createTopics(
    [orders, payments, counts, totals, pairs, called].map((name) => ({
      name,
      partitions: PARTITIONS,
      replicationFactor: 1,
    })),
  );
}

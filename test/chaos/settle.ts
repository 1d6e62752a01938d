import { setTimeout as sleep } from 'node:timers/promises';
import { DeltaTable, type KafkaClient, type ProcessingGuarantee } from '../../src/index.ts';
import type { Collector } from './collector.ts';
import { recompute } from './expected.ts';
import { judge, type Findings, type Verdict } from './judge.ts';
import { lastValues } from './last-values.ts';
import { type Observed, type Tally, tally } from './observed.ts';
import type { Scene } from './scene.ts';
import type { Names } from './topology.ts';

const RECOVERY_LIMIT_MS = 90_000;
const SETTLE_LIMIT_MS = 90_000;

export interface Settling {
  readonly guarantee: ProcessingGuarantee;
  readonly client: KafkaClient;
  readonly names: Names;
  readonly scene: Scene;
  readonly collector: Collector;
  readonly observed: Observed;
}

/** Judges again and again until nothing is missing any more; and once more later, for what should not follow. */
export async function settle(settling: Settling): Promise<Verdict> {
  const { scene, collector } = settling;
  const deadline = performance.now() + SETTLE_LIMIT_MS;
  let clean = 0;
  for (;;) {
    await scene.recovered(RECOVERY_LIMIT_MS);
    await collector.caughtUp(30_000);
    const verdict = judge(settling.guarantee, await findings(settling));
    const complete = verdict.lost === 0 && verdict.wrongAggregates === 0;
    clean = complete ? clean + 1 : 0;
    if (clean === 2 || performance.now() > deadline) return verdict;
    await sleep(1_500);
  }
}

async function findings({ client, names, scene, observed }: Settling): Promise<Findings> {
  const rows: Tally = new Map();
  const table = await DeltaTable.open(names.table);
  for (const { id } of await table.readRows()) tally(rows, String(id));
  const changelog = (store: string): string => `${names.applicationId}-${store}-changelog`;
  const counts = await lastValues(client, changelog('counts'), (value) => Number(value.readBigInt64BE()));
  const totals = await lastValues(client, changelog('totals'), (value) => value.readDoubleBE());
  const held = { from: 'stores', counts: new Map<string, number>(), totals: new Map<string, number>() };
  for (const instance of scene.instances) {
    const stores = await instance.stores();
    for (const [key, value] of stores?.counts ?? []) held.counts.set(key, value);
    for (const [key, value] of stores?.totals ?? []) held.totals.set(key, value);
  }
  const expected = recompute(observed.orders, observed.payments);
  return { expected, observed, rows, stores: [{ from: 'changelogs', counts, totals }, held] };
}

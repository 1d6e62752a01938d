import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { runTrial } from '../trial/run.ts';

const bootstrap = inject('kafkaBootstrap');

describe.skipIf(bootstrap.length === 0)('a full run with all faults, on Apache Kafka', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trial-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each([
    { app: 'claimx', guarantee: 'at_least_once', events: 1_200, kills: 2, seed: 31 },
    { app: 'claimx', guarantee: 'exactly_once_v2', events: 600, kills: 1, seed: 32 },
    { app: 'xact', guarantee: 'at_least_once', events: 600, kills: 1, seed: 33 },
  ] as const)(
    'leaves every row and dead letter of $app once, with its cause, under $guarantee and $kills kills',
    async (trial) => {
      const result = await runTrial({ ...trial, folder, brokers: bootstrap, faults: 'standard', outageMs: 2_000 });
      expect(result.differences).toEqual([]);
      expect(result.kills).toBe(trial.kills);
      const rows = Object.values(result.tables).reduce((sum, table) => sum + table.rows, 0);
      expect(rows).toBeGreaterThan(trial.events);
    },
    240_000,
  );
});

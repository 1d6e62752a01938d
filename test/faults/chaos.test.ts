import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { missingTools } from '../integration/kafka/class-path.ts';
import { dockerRuns } from '../integration/kafka/docker-broker.ts';

const run = promisify(execFile);
/** CHAOS_ROUNDS for more; `npm run chaos` alone says more of what it does. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 2);
const ours = inject('kafkaBootstrap').length > 0 && (dockerRuns() || missingTools() === null);

/** `npm run chaos` as people run it, on a broker of its own; answers its last line. */
async function chaos(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { KAFKA_BOOTSTRAP_SERVERS: _given, ...env } = process.env;
  const { stdout } = await run('npm', ['run', '-s', 'chaos', '--', ...args], { env, maxBuffer: 64 << 20 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

describe.skipIf(!ours)('a short chaos run', () => {
  it.each([
    ['exactly_once_v2', ROUNDS, { lost: 0, duplicated: 0, wrongAggregates: 0 }],
    ['at_least_once', ROUNDS, { lost: 0, wrongAggregates: 0 }],
  ] as const)(
    'keeps the promise of %s',
    async (guarantee, rounds, promise) => {
      const found = await chaos('--rounds', String(rounds), '--seed', '7', '--guarantee', guarantee, '--rate', '100');
      expect(found).toMatchObject({ rounds, seed: 7, guarantee, examples: [], ...promise });
      expect(found['records']).toBeGreaterThan(500);
    },
    420_000,
  );

  it('teaches with --help, and refuses what it does not know', async () => {
    const { stdout } = await run('npm', ['run', '-s', 'chaos', '--', '--help']);
    expect(stdout).toContain('--guarantee');
    await expect(chaos('--guarantee', 'maybe')).rejects.toMatchObject({ code: 2 });
  }, 60_000);
});

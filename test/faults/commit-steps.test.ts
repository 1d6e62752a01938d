import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { builtInstance } from '../chaos/build.ts';
import { breaksPromise } from '../chaos/judge.ts';
import type { Step } from '../chaos/stepped-instance.ts';
import { type ChaosScene, openChaosScene } from './chaos-scene.ts';

const brokers = inject('kafkaBootstrap');
/** KILL_STEPS=all kills before each step too; by default only after it, and before the first: the next moment is the same. */
const ALL = process.env['KILL_STEPS'] === 'all';

describe.skipIf(brokers.length === 0)('a SIGKILL right before and right after each step of the commit', () => {
  let program = '';
  let run: ChaosScene | null = null;

  beforeAll(() => {
    program = builtInstance('stepped-instance');
  });
  afterEach(async () => {
    await run?.close();
    run = null;
  });

  it.each([
    ['exactly_once_v2', ['caches', 'inFlight', 'flush', 'positions', 'transaction', 'state']],
    ['at_least_once', ['caches', 'flush', 'inFlight', 'positions', 'state']],
  ] as const)(
    'loses nothing under %s',
    async (guarantee, steps: readonly Step[]) => {
      run = await openChaosScene({ guarantee, brokers, program, sessionTimeoutMs: 1_500 });
      const { scene } = run;
      const [instance] = scene.instances;
      await scene.recovered(60_000);
      for (const step of steps) {
        for (const when of ALL || step === steps[0] ? (['before', 'after'] as const) : (['after'] as const)) {
          instance?.leaveAlone();
          instance?.arm({ step, when, signal: 'SIGKILL' });
          await instance?.ended();
          instance?.start();
          await scene.recovered(60_000);
        }
      }
      const verdict = await run.verdict();
      const { lost, wrongAggregates, duplicated, examples } = verdict;
      expect({ lost, wrongAggregates, examples }).toEqual({ lost: 0, wrongAggregates: 0, examples: [] });
      expect([breaksPromise(guarantee, verdict), guarantee === 'at_least_once' || duplicated === 0]).toEqual([
        false,
        true,
      ]);
      expect([instance?.crashes, instance?.threadRestarts]).toEqual([0, 0]);
    },
    180_000,
  );
});

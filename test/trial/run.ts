import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../faults/command.ts';
import { judge, type Verdict } from './judge.ts';
import { MediaCalls, mediaBatches } from './media-calls.ts';
import { memoryOf } from './process-stat.ts';
import { progressOf } from './progress.ts';
import { openScene, type SceneOptions } from './scene.ts';

export interface TrialOptions extends Omit<SceneOptions, 'eventsPerSecond'> {
  /** The process is killed so many times, spread over the run. */
  readonly kills: number;
  /** Given up when no row comes for so long. */
  readonly patienceMs?: number;
  /** Told now and then how far it is. */
  readonly onProgress?: (line: string) => void;
}

export interface TrialResult extends Verdict {
  readonly app: string;
  readonly events: number;
  readonly seed: number;
  readonly guarantee: string;
  readonly kills: number;
  /** From the start of the first process to the end of the last. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly peakMb: number;
  /** To the simulated services: all, and those that had an answer. */
  readonly requests: Readonly<Record<string, number>>;
  readonly answered: Readonly<Record<string, number>>;
  /** Lists of media that were answered, batches that had events about media, and calls that a kill may have made in vain. */
  readonly mediaCalls?: { readonly answered: number; readonly batches: number; readonly inVain: number };
}

/** Of the answers so many may come when a process that gets too little of the machine has given up waiting, and asks again. */
const UNHEARD = { share: 0.02, least: 5 };

/** One call for each project and batch. */
function mostCalls({ batches, inVain }: NonNullable<TrialResult['mediaCalls']>): number {
  return batches + inVain + Math.max(UNHEARD.least, batches * UNHEARD.share);
}

const LOOK_MS = 500;
const LINE_MS = 15_000;

/** Runs an application over the sample with all faults, kills it on its way, and compares what it left, key by key. */
export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const { app, events, seed, guarantee, kills, patienceMs = 240_000, onProgress } = options;
  const scene = await openScene(options);
  const calls = new MediaCalls(scene.sample.simulator);
  const progress = progressOf(scene);
  let process: Command | null = null;
  let peakMb = 0;
  let killed = 0;
  try {
    await scene.sample.produce();
    const startMs = performance.now();
    const life = async (last: boolean): Promise<void> => {
      const one = scene.start(...(last ? ['--once'] : []));
      process = one;
      const watch = { ended: false };
      void one.ended.then(() => (watch.ended = true));
      // The kills are spread evenly, the last one well before the end.
      const until = last ? Infinity : (killed + 1) / (kills + 1);
      let moved = { rows: -1, atMs: performance.now() };
      let lineMs = performance.now();
      while (!watch.ended) {
        const { rows, whole } = await progress();
        const nowMs = performance.now();
        peakMb = Math.max(peakMb, memoryOf(one.pid).peakMb);
        if (rows !== moved.rows) moved = { rows, atMs: nowMs };
        if (nowMs - moved.atMs > patienceMs) {
          throw new Error(`no row for ${patienceMs / 1_000} s:\n${one.output().slice(-4_000)}`);
        }
        if (nowMs - lineMs > LINE_MS) {
          lineMs = nowMs;
          const seconds = Math.round((nowMs - startMs) / 1_000);
          onProgress?.(
            `${seconds} s: ${(whole * 100).toFixed(1)} % of the rows, ${killed} kills, ${peakMb} MB at most`,
          );
        }
        if (whole >= until) {
          await one.kill();
          calls.killed();
          killed++;
          return;
        }
        await sleep(LOOK_MS);
      }
      const code = await one.ended;
      if (!last || code !== 0) throw new Error(`the process ended with ${code}:\n${one.output().slice(-4_000)}`);
    };
    for (let number = 0; number <= kills; number++) await life(number === kills);
    const seconds = (performance.now() - startMs) / 1_000;
    const lettersTwice = guarantee === 'exactly_once_v2' || kills === 0 ? 'refused' : 'allowed';
    const verdict = await judge(scene, { lettersTwice });
    const differences = [...verdict.differences];
    const mediaCalls =
      app === 'claimx'
        ? { answered: calls.answered, batches: await mediaBatches(scene), inVain: calls.inVain }
        : undefined;
    if (mediaCalls && mediaCalls.answered > mostCalls(mediaCalls)) {
      differences.push(`${mediaCalls.answered} calls for lists of media, for ${mediaCalls.batches} batches`);
    }
    const { requests, answered } = scene.sample.simulator;
    return {
      app,
      events,
      seed,
      guarantee,
      kills: killed,
      seconds: Math.round(seconds),
      eventsPerSecond: Math.round(events / seconds),
      peakMb,
      requests: Object.fromEntries(requests),
      answered: Object.fromEntries(answered),
      ...(mediaCalls ? { mediaCalls } : {}),
      ...verdict,
      differences,
    };
  } finally {
    await (process as Command | null)?.kill();
    calls.close();
    await scene.close();
  }
}

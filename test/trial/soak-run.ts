import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../faults/command.ts';
import { judge } from './judge.ts';
import { cpuSecondsOf, memoryOf } from './process-stat.ts';
import { progressOf } from './progress.ts';
import { openScene, type Scene, type SceneOptions } from './scene.ts';
import { brokenBounds, type SoakBounds, type SoakSample, steadyRate } from './soak-bounds.ts';

export interface MeasureOptions extends SceneOptions {
  readonly threads: number;
  /** Told now and then what it sees. */
  readonly onSample?: (line: string) => void;
}

export interface MeasureResult {
  readonly app: string;
  readonly events: number;
  /** Events a second that came through, in the steady part. */
  readonly eventsPerSecond: number;
  readonly cpuSecondsPer1000Events: number;
  readonly mostLag: number;
  readonly peakMb: number;
  readonly samples: readonly SoakSample[];
  readonly broken: readonly string[];
}

const SAMPLE_MS = 5_000;
const PEAK_SAMPLE_MS = 1_000;
const LINE_EVERY = 6;
const PATIENCE_MS = 240_000;
const RUNNING = /starts"/;

/** Feeds events at a rate and watches whether the application keeps up. */
export async function runSoak(options: MeasureOptions & SoakBounds): Promise<MeasureResult> {
  const scene = await openScene(options);
  const { eventsPerSecond, events } = options;
  try {
    const process = await started(scene, options);
    const startMs = performance.now();
    const sent = (): number => Math.min(events, Math.round(((performance.now() - startMs) / 1_000) * eventsPerSecond));
    const watched = watch({ scene, process, options, sent, everyMs: SAMPLE_MS });
    const [samples] = await Promise.all([watched, scene.sample.produce()]);
    const whileFed = samples.filter((sample) => sample.sent < events);
    return await result(scene, process, options, samples, brokenBounds(whileFed, options), whileFed);
  } finally {
    await scene.close();
  }
}

/** Lets all events wait first, and measures how fast they come through then. */
export async function runPeak(options: MeasureOptions): Promise<MeasureResult> {
  const scene = await openScene(options);
  try {
    await scene.sample.produce();
    const process = await started(scene, options);
    const sent = (): number => options.events;
    const samples = await watch({ scene, process, options, sent, everyMs: PEAK_SAMPLE_MS });
    return await result(scene, process, options, samples, []);
  } finally {
    await scene.close();
  }
}

async function started(scene: Scene, { threads }: MeasureOptions): Promise<Command> {
  const process = scene.start('--threads', String(threads));
  await process.printed(RUNNING);
  return process;
}

interface Watch {
  readonly scene: Scene;
  readonly process: Command;
  readonly options: MeasureOptions;
  readonly sent: () => number;
  readonly everyMs: number;
}

/** Looks until all events are through. @throws when none comes for minutes, or the process ends */
async function watch({ scene, process, options, sent, everyMs }: Watch): Promise<SoakSample[]> {
  const { events, onSample } = options;
  const progress = progressOf(scene);
  const samples: SoakSample[] = [];
  const startMs = performance.now();
  const end = { ended: false };
  void process.ended.then(() => (end.ended = true));
  let moved = { through: -1, atMs: startMs };
  for (let next = startMs; ; next += everyMs) {
    await sleep(Math.max(0, next - performance.now()));
    const nowMs = performance.now();
    const { slowest } = await progress();
    const seconds = Math.round((nowMs - startMs) / 100) / 10;
    const through = Math.min(sent(), Math.round(slowest * events));
    const { rssMb } = memoryOf(process.pid);
    const sample = { seconds, sent: sent(), through, rssMb, cpuSeconds: cpuSecondsOf(process.pid) };
    samples.push(sample);
    if (samples.length % LINE_EVERY === 0) onSample?.(Object.entries(sample).flat().join(' '));
    if (slowest >= 1) return samples;
    if (through !== moved.through) moved = { through, atMs: nowMs };
    if (end.ended || nowMs - moved.atMs > PATIENCE_MS) {
      const why = end.ended ? 'the application has ended' : `nothing came through for ${PATIENCE_MS / 1_000} s`;
      await process.kill();
      throw new Error(`${why}:\n${process.output().slice(-4_000)}`);
    }
  }
}

async function result(
  scene: Scene,
  process: Command,
  { app, events, guarantee }: MeasureOptions,
  samples: readonly SoakSample[],
  bounds: readonly string[],
  steady: readonly SoakSample[] = samples,
): Promise<MeasureResult> {
  const { peakMb } = memoryOf(process.pid);
  const broken = [...bounds];
  const code = await process.stop();
  if (code !== 0) broken.push(`the application ended with ${code}`);
  const lettersTwice = guarantee === 'exactly_once_v2' ? 'refused' : 'allowed';
  broken.push(...(await judge(scene, { lettersTwice })).differences);
  const cpu = samples.at(-1)?.cpuSeconds ?? 0;
  return {
    app,
    events,
    eventsPerSecond: Math.round(steadyRate(samples, events)),
    cpuSecondsPer1000Events: Math.round((cpu / events) * 1e5) / 100,
    mostLag: Math.max(0, ...steady.map(({ sent, through }) => sent - through)),
    peakMb,
    samples,
    broken,
  };
}

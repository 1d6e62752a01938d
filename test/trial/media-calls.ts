import type { Simulator } from '../../src/apps/shared/sample/simulated-server.ts';
import type { Scene } from './scene.ts';
import { readColumns } from './table-keys.ts';

const MEDIA_EVENTS = new Set(['PROJECT_FILE_ADDED', 'PROJECT_MFN_ADDED']);
/** The events of a batch are written into the log within this time, and the next batch of the project has a call before. */
const SAME_BATCH_MS = 1;

/**
 * Batches with events about media, as the log of events tells them apart: by project and the time at which they were through.
 * A batch that was done again counts once.
 */
export async function mediaBatches({ tables, lake }: Scene): Promise<number> {
  const times = new Map<string, number[]>();
  const columns = ['event_type', 'project_id', 'processed_at', 'status'];
  for await (const row of readColumns(tables.path(lake, 'claimx_event_log'), columns)) {
    if (!MEDIA_EVENTS.has(String(row['event_type'])) || row['status'] === 'failed') continue;
    const project = String(row['project_id']);
    const at = Date.parse(String(row['processed_at']));
    times.set(project, [...(times.get(project) ?? []), at]);
  }
  let batches = 0;
  for (const of of times.values()) {
    of.sort((a, b) => a - b);
    for (const [i, at] of of.entries()) if (i === 0 || at - (of[i - 1] ?? 0) > SAME_BATCH_MS) batches++;
  }
  return batches;
}

/** What a process may have asked for and not written down when it is killed: it commits each second. */
const REPEATED_MS = 5_000;
const LOOK_MS = 200;

/** Counts the calls for lists of media that were answered, and those of them that a kill may have made in vain. */
export class MediaCalls {
  readonly #simulator: Simulator;
  readonly #looks: { readonly atMs: number; readonly calls: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #inVain = 0;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  get answered(): number {
    return this.#simulator.answered.get('media') ?? 0;
  }

  get inVain(): number {
    return this.#inVain;
  }

  killed(): void {
    this.#look();
    const before = this.#looks[0]?.calls ?? 0;
    this.#inVain += this.answered - before;
    this.#looks.length = 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const atMs = performance.now();
    this.#looks.push({ atMs, calls: this.answered });
    while ((this.#looks[0]?.atMs ?? atMs) < atMs - REPEATED_MS) this.#looks.shift();
  }
}

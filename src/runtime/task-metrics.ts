import { type Clock, systemClock } from '../core/clock.ts';
import { RecordingTime, WindowStat } from '../observe/window-stat.ts';
import type { DropReason } from '../processors/processor.ts';
import type { StoreRestore } from './restore/changelog.ts';
import { StoreMetrics } from './metrics/store-metrics.ts';

/** What one node counts. */
export class NodeMetrics {
  processed = 0;
  /** Wall clock time less the record's own, at sources and where records end. */
  readonly e2e: WindowStat;

  constructor(time: RecordingTime) {
    this.e2e = new WindowStat(time);
  }
}

/** What one task counts: plain numbers on the hot path, read when somebody asks. */
export class TaskMetrics {
  /** `metricsRecordingLevel: 'debug'`: what costs time for each record or store access is measured, too. */
  readonly debug: boolean;
  readonly time: RecordingTime;
  processed = 0;
  punctuated = 0;
  commits = 0;
  restored = 0;
  /** Changelog offsets that are still to be read before the task runs; set by whoever restores it. */
  restoreRemaining: () => number = () => 0;
  /** Its stores whose changelogs are read right now; set as well. */
  restoring: () => readonly StoreRestore[] = () => [];
  /** Records that were processed although another partition was empty, after `maxTaskIdleMs`. */
  enforced = 0;
  readonly drops = new Map<string, number>();
  readonly nodes = new Map<string, NodeMetrics>();
  /** With `debug` only. */
  readonly stores = new Map<string, StoreMetrics>();
  /** With `debug` only: how far records are behind stream time. */
  readonly lateness: WindowStat;

  constructor(clock: Clock = systemClock, debug = false) {
    this.debug = debug;
    this.time = new RecordingTime(clock);
    this.lateness = new WindowStat(this.time);
  }

  drop(reason: DropReason, node: string): void {
    const key = `${reason} ${node}`;
    this.drops.set(key, (this.drops.get(key) ?? 0) + 1);
  }

  node(name: string): NodeMetrics {
    const known = this.nodes.get(name);
    if (known) return known;
    const made = new NodeMetrics(this.time);
    this.nodes.set(name, made);
    return made;
  }

  store(name: string): StoreMetrics {
    const known = this.stores.get(name);
    if (known) return known;
    const made = new StoreMetrics(this.time);
    this.stores.set(name, made);
    return made;
  }
}

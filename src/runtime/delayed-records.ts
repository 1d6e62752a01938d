import type { Clock } from '../core/clock.ts';
import type { LagPause } from '../topology/topology.ts';
import type { PartitionQueue } from './partition-queue.ts';

/**
 * Which first records have to wait: those of retry buckets until they are due, and, where the bucket has a `pause`, as
 * long as the task's input is too far behind. A record that waits stays in its topic, uncommitted, so nothing is lost by
 * a pause, and a restart begins with a new look at the lag.
 */
export class DelayedRecords {
  readonly #queues: readonly PartitionQueue[];
  readonly #clock: Clock;
  /** What the buckets wait for: all partitions of the task that are none. */
  readonly #input: readonly PartitionQueue[];
  /** One for each retry: its buckets share the object that the plan has for it. */
  readonly #paused = new Map<LagPause, boolean>();

  constructor(queues: readonly PartitionQueue[], clock: Clock) {
    this.#queues = queues;
    this.#clock = clock;
    this.#input = queues.filter(({ node }) => node.notBefore === null);
    for (const { node } of queues) if (node.pause) this.#paused.set(node.pause, false);
  }

  /** Whether the first record of a partition may be processed now. */
  due(queue: PartitionQueue): boolean {
    if (queue.notBefore === 0) return true;
    return queue.notBefore <= this.#clock.now() && !this.#holds(queue.node.pause);
  }

  /** Records that wait: everything behind a first record that had a time to wait for. */
  get waiting(): number {
    let waiting = 0;
    for (const queue of this.#queues) if (queue.ready && queue.notBefore > 0) waiting += queue.lag;
    return waiting;
  }

  /** Whether the input is too far behind for some bucket of this task. */
  get paused(): boolean {
    for (const pause of this.#paused.keys()) if (this.#holds(pause)) return true;
    return false;
  }

  /** When the next record is due, in ms since the epoch; Infinity where none is, or only the input's progress can help. */
  nextDue(): number {
    let next = Infinity;
    for (const queue of this.#queues) {
      if (!queue.ready || queue.notBefore === 0 || queue.notBefore >= next) continue;
      if (queue.notBefore > this.#clock.now() || !this.#holds(queue.node.pause)) next = queue.notBefore;
    }
    return next;
  }

  /** With hysteresis: what began above one bound ends at the other. */
  #holds(pause: LagPause | undefined): boolean {
    if (pause === undefined) return false;
    let lag = 0;
    for (const queue of this.#input) lag += queue.lag;
    const paused = lag > (this.#paused.get(pause) === true ? pause.resumeAt : pause.above);
    this.#paused.set(pause, paused);
    return paused;
  }
}

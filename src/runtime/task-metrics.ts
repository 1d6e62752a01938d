import type { DropReason } from '../processors/processor.ts';

/** What one task counts: plain numbers on the hot path, read when somebody asks. */
export class TaskMetrics {
  processed = 0;
  punctuated = 0;
  commits = 0;
  restored = 0;
  readonly drops = new Map<string, number>();

  drop(reason: DropReason, node: string): void {
    const key = `${reason} ${node}`;
    this.drops.set(key, (this.drops.get(key) ?? 0) + 1);
  }
}

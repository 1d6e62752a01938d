import type { RecordContext } from '../core/record.ts';
import type { DropReason } from '../processors/processor.ts';

/** What a task does about records that fail or are dropped. Each method throws where the verdict is `fail`. */
export interface TaskFaults {
  deserialization(error: unknown, node: string, record: RecordContext, key: Buffer | null, value: Buffer | null): void;
  processing(error: unknown, node: string, key: unknown, value: unknown, record: RecordContext): void;
  production(error: unknown, node: string, topic: string, key: unknown, value: unknown, record: RecordContext): void;
  dropped(reason: DropReason, node: string, record: RecordContext): void;
  /** Runs the step on the task's loop, where what it throws reaches the supervisor. */
  later(step: () => void): void;
}

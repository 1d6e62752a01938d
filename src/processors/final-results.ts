import type { RecordContext } from '../core/record.ts';
import type { ProcessorContext } from './processor.ts';

/** When the results of an operator with windows leave it: with each update, or once, when the window closes. */
export type EmitStrategy = 'onWindowUpdate' | 'onWindowClose';

/** What the kind of windows decides. */
export interface ClosedRange {
  /** What may be emitted next; both ends inclusive. null: nothing new can have closed. */
  between(lastCloseTime: number, closeTime: number): readonly [from: number, to: number] | null;
  emit(from: number, to: number, record: RecordContext): void;
}

/**
 * Emits windows once they are closed: looked at when a record arrives, at most once per interval of wall clock time. How
 * far it came is kept beside the committed input positions, so that no window is emitted again after a restart.
 */
export class FinalResults {
  readonly #context: Pick<ProcessorContext, 'emission' | 'now'>;
  readonly #store: string;
  readonly #range: ClosedRange;
  #lastCloseTime: number;
  #nextCheck = 0;

  constructor(context: Pick<ProcessorContext, 'emission' | 'now'>, store: string, range: ClosedRange) {
    this.#context = context;
    this.#store = store;
    this.#range = range;
    this.#lastCloseTime = context.emission.remembered(store) ?? -1;
  }

  /** `closeTime`: windows that ended before it (or at it, as the range knows) are closed. */
  check(closeTime: number, record: RecordContext): void {
    const now = this.#context.now();
    if (now < this.#nextCheck) return;
    this.#nextCheck = now + this.#context.emission.intervalMs;
    if (this.#lastCloseTime !== -1 && this.#lastCloseTime >= closeTime) return;
    const range = this.#range.between(this.#lastCloseTime, closeTime);
    if (range === null) return;
    this.#range.emit(range[0], range[1], record);
    this.#lastCloseTime = closeTime;
    this.#context.emission.remember(this.#store, closeTime);
  }
}

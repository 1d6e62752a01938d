/** What a task does with stores whose entries have times and expire. */
export interface TimedStore {
  /** The latest time the store was given; -1: none yet. */
  readonly streamTime: number;
  /** Moves the store's time forward, never back, as its changelog is read again. */
  advanceTo(time: number): void;
  /** Sets the store's time, back too: what is not committed was forgotten. */
  resetTime(streamTime: number): void;
  /** The key on disk below which everything was past the retention at that time; null: nothing was. */
  expiredBelow(committedTime: number): string | null;
  /** Lets go of what the store derived from its bytes, because those have changed under it. */
  forget(): void;
  /** Lets go of what is in memory for entries that are gone. */
  forgetExpired(): void;
}

/** Timers of the embedded client. Simulation passes one that it moves by hand. */
export interface Scheduler {
  /** Calls `run` once after `delayMs`, unless the answered function is called before. */
  after(delayMs: number, run: () => void): () => void;
}

/** Node's longest timeout. */
const MAX_DELAY_MS = 0x7fff_ffff;

export const systemScheduler: Scheduler = {
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};

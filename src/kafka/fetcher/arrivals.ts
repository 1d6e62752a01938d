import type { FetchedChunk } from '../client.ts';

/** Chunks that have arrived and wait for `poll`, and the callers that wait for one. */
export class Arrivals {
  #chunks: FetchedChunk[] = [];
  #waiting = new Set<() => void>();
  /** Woken while nobody waited. */
  #woken = false;

  push(chunk: FetchedChunk): void {
    this.#chunks.push(chunk);
    this.#end();
  }

  take(): FetchedChunk[] {
    if (this.#chunks.length === 0) return [];
    const taken = this.#chunks;
    this.#chunks = [];
    return taken;
  }

  /** Takes out the chunks of a partition; answers them. */
  drop(topic: string, partition: number): FetchedChunk[] {
    const isOf = (chunk: FetchedChunk): boolean => chunk.partition === partition && chunk.topic === topic;
    const dropped = this.#chunks.filter(isOf);
    if (dropped.length > 0) this.#chunks = this.#chunks.filter((chunk) => !isOf(chunk));
    return dropped;
  }

  /** Resolves on the next chunk (at once when there is one), on `wake` (at once after one that nobody waited for), or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void> {
    const woken = this.#woken;
    this.#woken = false;
    if (woken) return Promise.resolve();
    if (this.#chunks.length > 0 || timeoutMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiting.add(done);
    });
  }

  wake(): void {
    if (this.#waiting.size === 0) this.#woken = true;
    this.#end();
  }

  #end(): void {
    for (const done of this.#waiting) done();
  }
}

/** Lets at most `max` calls run at a time; the others wait in order. */
export interface Limiter {
  readonly running: number;
  readonly waiting: number;
  /** @throws the signal's reason when it is aborted while waiting; otherwise whatever `action` throws */
  run<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createLimiter(max: number): Limiter {
  const queue: (() => void)[] = [];
  let running = 0;

  const enter = (signal: AbortSignal | undefined): Promise<void> | undefined => {
    if (running < max) {
      running++;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        queue.splice(queue.indexOf(start), 1);
        reject(signal?.reason as Error);
      };
      const start = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      signal?.addEventListener('abort', abort, { once: true });
      queue.push(start);
    });
  };
  const leave = (): void => {
    // The place passes to the next in line, so `running` stays as it is.
    const next = queue.shift();
    if (next === undefined) running--;
    else next();
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return queue.length;
    },
    run: async (action, signal) => {
      signal?.throwIfAborted();
      await enter(signal);
      try {
        return await action();
      } finally {
        leave();
      }
    },
  };
}

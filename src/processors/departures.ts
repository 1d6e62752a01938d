import { keyIdentity } from './key-identity.ts';

/** A call on its way through `mapAsync`. */
export interface Departure {
  readonly key: unknown;
  readonly done: boolean;
}

/** Decides when finished calls may leave. */
export interface Departures<D extends Departure> {
  arrived(call: D): void;
  /** Calls that may leave now that this one is done, in order. They are gone from here once taken. */
  after(call: D): Iterable<D>;
}

export function departuresInOrder<D extends Departure>(order: 'input' | 'key' | 'none'): Departures<D> {
  switch (order) {
    case 'input':
      return queueFor(() => null);
    case 'key':
      return queueFor((call) => keyIdentity(call.key));
    case 'none':
      return { arrived: () => undefined, after: (call) => (call.done ? [call] : []) };
  }
}

/** A queue for each lane; only what is done leaves, and only from the front. */
function queueFor<D extends Departure>(laneOf: (call: D) => unknown): Departures<D> {
  const lanes = new Map<unknown, Set<D>>();
  return {
    arrived: (call) => {
      const lane = laneOf(call);
      const queue = lanes.get(lane);
      if (queue === undefined) lanes.set(lane, new Set([call]));
      else queue.add(call);
    },
    *after(call) {
      const lane = laneOf(call);
      const queue = lanes.get(lane);
      for (const front of queue ?? []) {
        if (!front.done) return;
        queue?.delete(front);
        if (queue?.size === 0) lanes.delete(lane);
        yield front;
      }
    },
  };
}

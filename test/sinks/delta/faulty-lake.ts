import type { LakeStore } from '../../../src/sinks/lake/lake-store.ts';
import { StreamsError } from '../../../src/core/errors.ts';

/** What to do instead of the next calls, one each; an empty list lets all calls through. */
export interface Faults {
  /** `lost`: does it and fails; `refused`: fails without doing it; `denied`: does it and says that the name was taken. */
  readonly putIfAbsent: ('lost' | 'refused' | 'denied')[];
  readonly write: 'refused'[];
  /** Run before a putIfAbsent, once each: the place for another writer to be first. */
  readonly before: (() => Promise<unknown>)[];
  /** Calls that went through, by name. */
  readonly calls: Record<string, number>;
}

/** A store whose calls fail on demand. */
export function faultyLake(inner: LakeStore): { lake: LakeStore; faults: Faults } {
  const faults: Faults = { putIfAbsent: [], write: [], before: [], calls: {} };
  const unavailable = (): StreamsError => new StreamsError('LAKE_UNAVAILABLE', 'no answer (on demand)');
  const lake = new Proxy(inner, {
    get(target, name: keyof LakeStore) {
      if (name === 'uri') return target.uri;
      return async (...args: readonly unknown[]) => {
        faults.calls[name] = (faults.calls[name] ?? 0) + 1;
        const call = (): Promise<unknown> => Reflect.apply(target[name] as () => Promise<unknown>, target, args);
        if (name === 'write' && faults.write.shift()) throw unavailable();
        if (name !== 'putIfAbsent') return call();
        await faults.before.shift()?.();
        const fault = faults.putIfAbsent.shift();
        if (fault === 'refused') throw unavailable();
        const result = await call();
        if (fault === 'lost') throw unavailable();
        return fault === 'denied' ? false : result;
      };
    },
  });
  return { lake, faults };
}

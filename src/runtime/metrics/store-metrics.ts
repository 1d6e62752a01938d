import { type RecordingTime, WindowStat } from '../../observe/window-stat.ts';

/** Operations of stores under Kafka Streams' names, and the methods that are one. */
const OPERATIONS: Readonly<Record<string, string>> = {
  put: 'put',
  putIfAbsent: 'put_if_absent',
  get: 'get',
  getWithTimestamp: 'get',
  getAsOf: 'get',
  delete: 'delete',
  remove: 'remove',
  fetch: 'fetch',
  fetchWithTimestamp: 'fetch',
  fetchSession: 'fetch',
  fetchRange: 'fetch',
  fetchAll: 'fetch',
  fetchAllWithTimestamp: 'fetch',
  windowsOf: 'fetch',
  findSessions: 'fetch',
  findSessionsByEnd: 'fetch',
  range: 'range',
  reverseRange: 'range',
  prefixScan: 'prefix_scan',
  all: 'all',
};

export const STORE_OPERATIONS: readonly string[] = [...new Set(Object.values(OPERATIONS))];

export interface OperationMetrics {
  total: number;
  /** In ns, as in Kafka Streams. */
  readonly latency: WindowStat;
}

/** What is done to one store of a task. */
export class StoreMetrics {
  readonly operations = new Map<string, OperationMetrics>();
  readonly #time: RecordingTime;

  constructor(time: RecordingTime) {
    this.#time = time;
  }

  operation(name: string): OperationMetrics {
    const known = this.operations.get(name);
    if (known) return known;
    const made = { total: 0, latency: new WindowStat(this.#time) };
    this.operations.set(name, made);
    return made;
  }
}

/** The same store, whose operations are counted and timed. For `metricsRecordingLevel: 'debug'`: it costs a call and two looks at the clock each. */
export function measuredStore<S extends object>(store: S, metrics: StoreMetrics): S {
  const measured = new Map<PropertyKey, unknown>();
  return new Proxy(store, {
    get: (target, property) => {
      const known = measured.get(property);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const method = value as (...args: readonly unknown[]) => unknown;
      const name = typeof property === 'string' ? OPERATIONS[property] : undefined;
      const bound =
        name === undefined
          ? (...args: readonly unknown[]): unknown => method.apply(target, [...args])
          : timed(method, target, metrics.operation(name));
      measured.set(property, bound);
      return bound;
    },
  });
}

function timed(
  method: (...args: readonly unknown[]) => unknown,
  target: object,
  operation: OperationMetrics,
): (...args: readonly unknown[]) => unknown {
  return (...args) => {
    const begun = performance.now();
    try {
      return method.apply(target, [...args]);
    } finally {
      operation.total++;
      operation.latency.record((performance.now() - begun) * 1e6);
    }
  };
}

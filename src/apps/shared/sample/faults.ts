import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { hashFraction } from './random.ts';

/** What goes wrong with a request. `hang`: no answer until the caller gives up; `reset`: the connection is cut. */
export type Fault = 'internal-error' | 'unavailable' | 'too-many' | 'hang' | 'reset' | 'garbage';

export interface FaultOptions {
  readonly seed: number;
  /** Share of the resources that have a fault at first (default 0.05). */
  readonly rate?: number;
  /**
   * Where it is written down which fault was had how often, so that a simulator that was killed and started again does
   * not begin anew. Without it the count is in memory.
   */
  readonly journal?: string;
}

/** Which requests fail, and how often. Whatever fails, fails a few times and then works. */
export interface Faults {
  /** Called once for each request; `resource` names what is asked for, and has at most `most` faults in all. */
  next(resource: string, most: number): Fault | null;
}

const KINDS: readonly Fault[] = ['internal-error', 'unavailable', 'too-many', 'reset', 'garbage', 'hang'];

export function createFaults({ seed, rate = 0.05, journal }: FaultOptions): Faults {
  const had = new Map<string, number>();
  const count = (resource: string): void => void had.set(resource, (had.get(resource) ?? 0) + 1);
  if (journal !== undefined && existsSync(journal)) {
    for (const line of readFileSync(journal, 'utf8').split('\n')) if (line !== '') count(line);
  }
  return {
    next: (resource, most) => {
      if (hashFraction(`${seed}/fault/${resource}`) >= rate) return null;
      const kind = KINDS[Math.floor(hashFraction(`${seed}/kind/${resource}`) * KINDS.length)] ?? 'internal-error';
      const times = Math.min(most, timesOf(kind, hashFraction(`${seed}/times/${resource}`)));
      if ((had.get(resource) ?? 0) >= times) return null;
      count(resource);
      if (journal !== undefined) appendFileSync(journal, `${resource}\n`);
      return kind;
    },
  };
}

/**
 * For the API mostly few enough for its client's own tries; one in five needs a retry topic. Hanging costs real time: once
 * only.
 */
function timesOf(kind: Fault, fraction: number): number {
  if (kind === 'hang') return 1;
  return fraction < 0.8 ? 1 + Math.floor(fraction * 2.5) : 4;
}

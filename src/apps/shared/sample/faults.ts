import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { hashFraction } from './random.ts';

/**
 * What goes wrong with a request. `hang`: no answer until the caller gives up; `reset`: the connection is cut; `stall` and
 * `cut`: the same in the middle of a file.
 */
export type Fault = 'internal-error' | 'unavailable' | 'too-many' | 'hang' | 'reset' | 'garbage' | 'stall' | 'cut';

/** Shares of the resources that have a fault of that kind at first; together at most 1. */
export type FaultShares = Readonly<Partial<Record<Fault, number>>>;

export interface FaultOptions {
  readonly seed: number;
  /** Share of the resources that have a fault at first, of any kind that an API has (default 0.05). */
  readonly rate?: number;
  /**
   * Where it is written down which fault was had how often, so that a simulator that was killed and started again does
   * not begin anew. Without it the count is in memory.
   */
  readonly journal?: string;
}

/** Which requests fail, and how often. Whatever fails, fails a few times and then works. */
export interface Faults {
  /**
   * Called once for each request; `resource` names what is asked for, and has at most `most` faults in all. `shares`, where
   * given, say which faults it may be.
   */
  next(resource: string, most: number, shares?: FaultShares): Fault | null;
  /** One more fault of the resource, from outside; false when it has had `most`. */
  spend(resource: string, most: number): boolean;
}

const KINDS: readonly Fault[] = ['internal-error', 'unavailable', 'too-many', 'reset', 'garbage', 'hang'];

export function createFaults({ seed, rate = 0.05, journal }: FaultOptions): Faults {
  const had = new Map<string, number>();
  const count = (resource: string): void => void had.set(resource, (had.get(resource) ?? 0) + 1);
  if (journal !== undefined && existsSync(journal)) {
    for (const line of readFileSync(journal, 'utf8').split('\n')) if (line !== '') count(line);
  }
  const kindOf = (resource: string, shares: FaultShares | undefined): Fault | null => {
    const at = hashFraction(`${seed}/fault/${resource}`);
    if (shares !== undefined) return pick(at, shares);
    if (at >= rate) return null;
    return KINDS[Math.floor(hashFraction(`${seed}/kind/${resource}`) * KINDS.length)] ?? 'internal-error';
  };
  const spend = (resource: string, most: number): boolean => {
    if ((had.get(resource) ?? 0) >= most) return false;
    count(resource);
    if (journal !== undefined) appendFileSync(journal, `${resource}\n`);
    return true;
  };
  return {
    next: (resource, most, shares) => {
      const kind = kindOf(resource, shares);
      if (kind === null) return null;
      const times = Math.min(most, timesOf(kind, hashFraction(`${seed}/times/${resource}`)));
      return spend(resource, times) ? kind : null;
    },
    spend,
  };
}

function pick(at: number, shares: FaultShares): Fault | null {
  let left = at;
  for (const [kind, share] of Object.entries(shares)) {
    left -= share;
    if (left < 0) return kind as Fault;
  }
  return null;
}

/**
 * For the API mostly few enough for its client's own tries; one in five needs a retry topic. Hanging costs real time: once
 * only.
 */
function timesOf(kind: Fault, fraction: number): number {
  if (kind === 'hang' || kind === 'stall') return 1;
  return fraction < 0.8 ? 1 + Math.floor(fraction * 2.5) : 4;
}

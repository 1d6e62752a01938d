import type { ProcessingGuarantee } from '../../src/index.ts';
import type { Expected } from './expected.ts';
import type { Observed, Tally } from './observed.ts';

export interface Verdict {
  readonly lost: number;
  readonly duplicated: number;
  readonly wrongAggregates: number;
  /** The first of each kind, in words. */
  readonly examples: readonly string[];
}

export interface Findings {
  readonly expected: Expected;
  readonly observed: Observed;
  /** Ids in the table, as often as they are there. */
  readonly rows: Tally;
  /** What the instances' stores hold, and what the changelogs say they should. */
  readonly stores: readonly {
    readonly from: string;
    readonly counts: ReadonlyMap<string, number>;
    readonly totals: ReadonlyMap<string, number>;
  }[];
}

const EXAMPLES = 5;

/**
 * Compares what came out with what should have. Exactly once: everything as often as it should be, each aggregate exact.
 * At least once: nothing missing, no aggregate below what it should be; what is there more often is counted, not a fault.
 */
export function judge(guarantee: ProcessingGuarantee, findings: Findings): Verdict {
  const { expected, observed, rows, stores } = findings;
  const exact = guarantee === 'exactly_once_v2';
  const examples: string[] = [];
  let lost = 0;
  let duplicated = 0;
  let wrongAggregates = 0;

  const compare = (what: string, wanted: Tally, found: Tally): void => {
    let named = 0;
    const note = (text: string): void => {
      if (named++ < EXAMPLES) examples.push(`${what}: ${text}`);
    };
    for (const [id, times] of wanted) {
      const there = found.get(id) ?? 0;
      if (there < times) {
        lost += times - there;
        note(`${id} is there ${there} times, should be ${times}`);
      }
    }
    for (const [id, times] of found) {
      const more = times - (wanted.get(id) ?? 0);
      if (more <= 0) continue;
      duplicated += more;
      if (exact) note(`${id} is there ${times} times, should be ${wanted.get(id) ?? 0}`);
    }
  };

  const aggregates = (what: string, wanted: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>): void => {
    let named = 0;
    for (const key of new Set([...wanted.keys(), ...found.keys()])) {
      const [should, is] = [wanted.get(key) ?? 0, found.get(key) ?? 0];
      if (exact ? should === is : is >= should) continue;
      wrongAggregates++;
      if (named++ < EXAMPLES) examples.push(`${what}: ${key} is ${is}, should be ${should}`);
    }
  };

  if (exact) compare('counts', expected.counts, observed.counts);
  aggregates('last counts', expected.perKey, highest(observed.counts));
  aggregates('totals', expected.totals, observed.totals);
  compare('pairs', expected.pairs, observed.pairs);
  compare('called', expected.called, observed.called);
  compare('table', expected.called, rows);
  for (const { from, counts, totals } of stores) {
    aggregates(`${from}, counts`, expected.perKey, counts);
    aggregates(`${from}, totals`, expected.totals, totals);
  }
  return { lost, duplicated, wrongAggregates, examples };
}

/** Whether a verdict breaks the promise of a guarantee. */
export function breaksPromise(guarantee: ProcessingGuarantee, verdict: Verdict): boolean {
  if (verdict.lost > 0 || verdict.wrongAggregates > 0) return true;
  return guarantee === 'exactly_once_v2' && verdict.duplicated > 0;
}

/** The highest count that was written for each key. */
function highest(counts: Tally): Map<string, number> {
  const last = new Map<string, number>();
  for (const update of counts.keys()) {
    const at = update.lastIndexOf('=');
    const [key, count] = [update.slice(0, at), Number(update.slice(at + 1))];
    if (count > (last.get(key) ?? 0)) last.set(key, count);
  }
  return last;
}

import type { SampleEnvironment } from '../../../runtime/define-app.ts';
import type { FaultShares } from './faults.ts';

/** What the simulated services do wrong. */
export interface FaultPlan {
  readonly api: FaultShares;
  readonly file: FaultShares;
  readonly outage: OutagePlan | null;
}

export interface OutagePlan {
  /** Requests to the service before it begins. */
  readonly afterRequests: number;
  readonly durationMs: number;
}

/** Of the API: one answer in twenty is a 5xx, and besides there are 429 with Retry-After, time-outs and cut connections. */
const STANDARD_API: FaultShares = {
  'internal-error': 0.02,
  unavailable: 0.02,
  garbage: 0.01,
  'too-many': 0.02,
  hang: 0.01,
  reset: 0.01,
};
const STANDARD_FILE: FaultShares = { ...STANDARD_API, stall: 0.01, cut: 0.01 };

/** 60 s in a run of 100,000 events, and in shorter ones as much less. */
const OUTAGE_MS_PER_EVENT = 0.6;
const SHORTEST_OUTAGE_MS = 500;

/** The plan of `--faults`; undefined for the measure of a run without that flag. */
export function faultPlan({
  faults,
  events,
  outageMs = Math.max(SHORTEST_OUTAGE_MS, Math.round(events * OUTAGE_MS_PER_EVENT)),
}: Pick<SampleEnvironment, 'faults' | 'events' | 'outageMs'>): FaultPlan | undefined {
  if (faults === undefined) return undefined;
  if (faults === 'none') return { api: {}, file: {}, outage: null };
  return {
    api: STANDARD_API,
    file: STANDARD_FILE,
    // There is about one request for each event, so this is in the first half of the run.
    outage: { afterRequests: Math.round(events * 0.2), durationMs: outageMs },
  };
}

/** Whether the service is down, asked at each request to it. */
export function createOutage(plan: OutagePlan | null): (nowMs: number) => boolean {
  let requests = 0;
  let beganMs: number | null = null;
  return (nowMs) => {
    if (plan === null || ++requests <= plan.afterRequests) return false;
    beganMs ??= nowMs;
    return nowMs < beganMs + plan.durationMs;
  };
}

/** What a soak saw at one moment. */
export interface SoakSample {
  readonly seconds: number;
  /** Events that are sent, and those that are through all tables. */
  readonly sent: number;
  readonly through: number;
  readonly rssMb: number;
  /** CPU seconds of the application so far. */
  readonly cpuSeconds: number;
}

export interface SoakBounds {
  readonly eventsPerSecond: number;
  readonly mostLagSeconds: number;
  /** How much more memory the second half may take than the first. */
  readonly mostGrowth: number;
}

/** The lag of the last third may be so much above that of the first: flushes come in steps. */
const LEVEL = 1.5;
const LEVEL_SECONDS = 5;

/** The bounds that were broken, a line each. What happens in the first fifth is start-up. */
export function brokenBounds(samples: readonly SoakSample[], bounds: SoakBounds): string[] {
  const { eventsPerSecond, mostLagSeconds, mostGrowth } = bounds;
  const steady = samples.slice(Math.floor(samples.length / 5));
  const broken: string[] = [];
  const most = (some: readonly number[]): number => Math.max(0, ...some);
  const lags = steady.map(({ sent, through }) => sent - through);
  if (most(lags) > mostLagSeconds * eventsPerSecond) {
    broken.push(`lag: ${most(lags)} events, more than those of ${mostLagSeconds} s`);
  }
  const third = Math.ceil(lags.length / 3);
  const [first, last] = [most(lags.slice(0, third)), most(lags.slice(-third))];
  if (last > first * LEVEL + LEVEL_SECONDS * eventsPerSecond) {
    broken.push(`lag: ${last} events in the last third, ${first} in the first`);
  }
  const memory = steady.map(({ rssMb }) => rssMb);
  const half = memory.length >> 1;
  const [before, after] = [most(memory.slice(0, half)), most(memory.slice(half))];
  if (half > 0 && after > before * mostGrowth) {
    broken.push(`memory: ${after} MB in the second half, ${before} MB in the first`);
  }
  return broken;
}

/** Events a second between two shares of the way: what came before is start-up, and what comes after the slowest ends. */
export function steadyRate(samples: readonly SoakSample[], events: number, from = 0.2, to = 0.8): number {
  const first = samples.find(({ through }) => through >= from * events);
  const last = samples.find(({ through }) => through >= to * events);
  if (!first || !last || last.seconds <= first.seconds) return 0;
  return (last.through - first.through) / (last.seconds - first.seconds);
}

/** What the soak saw at one moment. */
export interface SoakSample {
  readonly seconds: number;
  readonly produced: number;
  /** Rows in the table. */
  readonly rows: number;
  /** Rows that the table does not have yet. */
  readonly lag: number;
  readonly files: number;
  /** Files of the log's folder. */
  readonly logFiles: number;
  readonly version: number;
  readonly rssMb: number;
}

export interface SoakBounds {
  readonly rowsPerSecond: number;
  /** The table may be this far behind: a flush interval, and the time that a flush takes. */
  readonly mostLagSeconds: number;
  readonly mostFiles: number;
  /** How much more memory the second half may take than the first. */
  readonly mostGrowth: number;
}

/** The bounds that were broken, a line each; none: all held. What happens in the first fifth is start-up. */
export function brokenBounds(samples: readonly SoakSample[], bounds: SoakBounds): string[] {
  const broken: string[] = [];
  const steady = samples.slice(Math.floor(samples.length / 5));
  const most = (of: readonly SoakSample[], what: 'lag' | 'files' | 'rssMb'): number =>
    Math.max(0, ...of.map((sample) => sample[what]));
  const lagLimit = bounds.mostLagSeconds * bounds.rowsPerSecond;
  if (most(steady, 'lag') > lagLimit) broken.push(`lag: ${most(steady, 'lag')} rows, more than ${lagLimit}`);
  if (most(steady, 'files') > bounds.mostFiles) {
    broken.push(`files: ${most(steady, 'files')}, more than ${bounds.mostFiles}`);
  }
  const half = steady.length >> 1;
  const [before, after] = [most(steady.slice(0, half), 'rssMb'), most(steady.slice(half), 'rssMb')];
  if (half > 0 && after > before * bounds.mostGrowth) {
    broken.push(`memory: ${after} MB in the second half, ${before} MB in the first`);
  }
  return broken;
}

import type { DeltaFlushOptions } from '../../sinks/delta/options.ts';
import type { ClaimxConfig } from './config.ts';

/** When the tables of a stage are written. */
export function flushOptions({ flush }: ClaimxConfig): DeltaFlushOptions {
  return { flushRows: flush.rows, flushIntervalMs: flush.intervalMs };
}

import type { DeltaFlushOptions } from '../../sinks/delta/options.ts';
import type { StageContext } from '../../runtime/define-app.ts';
import type { ClaimxConfig } from './config.ts';

/** When the tables of a stage are written, and where. */
export function flushOptions({ config: { flush }, openLake }: StageContext<ClaimxConfig>): DeltaFlushOptions {
  return { flushRows: flush.rows, flushIntervalMs: flush.intervalMs, lake: openLake };
}

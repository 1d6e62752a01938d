import type { Scenario } from './scenario-format.ts';

/**
 * Whether a crash leaves the answer as it is. Not in Kafka Streams either where a punctuator's schedule begins anew with its
 * task, and where a table is restored from its source topic, past the extractor that gave its rows their times.
 */
export function survivesCrash({ config, ops }: Scenario): boolean {
  const optimization = config?.optimization ?? 'none';
  const reused = optimization === 'all' || optimization.includes('reuse.ktable.source.topics');
  return !ops.some(
    ({ op, everyMs, extractor }) => everyMs !== undefined || (reused && op === 'table' && extractor !== undefined),
  );
}

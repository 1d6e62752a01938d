import type { Output } from './answer.ts';
import type { Scenario } from './scenario-format.ts';

const STATELESS = ['mapValues', 'selectKey', 'to'];

/**
 * Whether a crash before that input leaves the answer as it is, but for what {@link withoutRepeated} takes out. Not in
 * Kafka Streams either where a wall-clock punctuator's schedule begins anew between two of its times, where an operator with
 * state counts what a stream-time punctuator repeats, and where a table is restored from its source topic, past the
 * extractor that gave its rows their times.
 */
export function survivesCrash({ config, ops, inputs }: Scenario, prefix: number): boolean {
  const optimization = config?.optimization ?? 'none';
  const reused = optimization === 'all' || optimization.includes('reuse.ktable.source.topics');
  let now = 0;
  for (const input of inputs.slice(0, prefix)) if ('advanceWallClockMs' in input) now += input.advanceWallClockMs;
  const repeats = new Set<string>();
  for (const { id = '', op, in: from = '', clock } of ops) {
    if (repeats.has(from) && !STATELESS.includes(op)) return false;
    if (clock === 'STREAM_TIME' || repeats.has(from)) repeats.add(id);
  }
  return !ops.some(
    ({ op, clock, everyMs, extractor }) =>
      (clock === 'WALL_CLOCK_TIME' && everyMs !== undefined && now % everyMs !== 0) ||
      (reused && op === 'table' && extractor !== undefined),
  );
}

/**
 * A stream-time punctuator's schedule begins anew with its task, in Kafka Streams too: where stream time is known it is due at
 * once, before the next record, at the time where the task goes on. The other outputs are the same without what that sent.
 */
export function withoutRepeated(outputs: readonly Output[], { ops, inputs }: Scenario, prefix: number): Output[] {
  if (!ops.some(({ clock }) => clock === 'STREAM_TIME')) return [...outputs];
  const before = new Set(
    inputs
      .slice(0, prefix)
      .flatMap((input) => ('ts' in input ? [input.ts, input.ts + (input.value?.length ?? 0)] : [])),
  );
  return outputs.filter(
    ({ step, value, ts }) =>
      step !== prefix || !before.has(ts) || value?.replace(/!+$/, '').endsWith(`@${ts}`) !== true,
  );
}

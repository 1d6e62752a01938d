import { OPTIMIZATION_RULES } from '../options.ts';
import type { BuildOptions, OptimizationRule } from '../options.ts';
import { invalid } from './require-serde.ts';

/** The rules that the option asks for. @throws TOPOLOGY_INVALID for a rule that there is not */
export function optimizationRules(wanted: BuildOptions['optimization']): ReadonlySet<OptimizationRule> {
  if (wanted === undefined || wanted === 'none') return new Set();
  if (wanted === 'all') return new Set(OPTIMIZATION_RULES);
  const unknown = wanted.find((rule) => !OPTIMIZATION_RULES.includes(rule));
  if (unknown === undefined) return new Set(wanted);
  throw invalid(
    `There is no topology optimisation called ${unknown}; there are 'none', 'all', and lists of ${OPTIMIZATION_RULES.join(', ')}.`,
  );
}

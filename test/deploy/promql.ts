import { parser } from '@prometheus-io/lezer-promql';

export interface Query {
  /** Where the grammar does not fit; empty for a query that is well formed. */
  readonly errors: readonly string[];
  /** Names of metrics that it selects. */
  readonly metrics: readonly string[];
  /** Labels that it selects or groups by, or matches on. */
  readonly labels: readonly string[];
}

/** Reads a query of PromQL. */
export function readQuery(text: string): Query {
  const [errors, metrics, labels]: [string[], string[], string[]] = [[], [], []];
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      const part = text.slice(from, to);
      if (type.isError) errors.push(`at ${from}: ${part || text.slice(from, from + 20)}`);
      else if (type.name === 'VectorSelector') metrics.push(/^[\w:]+/.exec(part)?.[0] ?? part);
      else if (type.name === 'LabelName') labels.push(part);
    },
  });
  return { errors, metrics, labels };
}

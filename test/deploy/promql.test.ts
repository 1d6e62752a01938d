import { describe, expect, it } from 'vitest';

import { readQuery } from './promql.ts';

describe('readQuery', () => {
  it('finds the metrics and labels of a query', () => {
    const query = 'sum by (a) (rate(some_total{b=~"x", c!="y"}[5m])) / on (a, d) other > 0';
    expect(readQuery(query)).toEqual({
      errors: [],
      metrics: ['some_total', 'other'],
      labels: ['a', 'b', 'c', 'a', 'd'],
    });
  });

  it.each(['sum by (a) (rate(x[5m])', 'rate(x[5m]', 'x{a=~b}', 'x >', 'sum(x) unles sum(y)'])('refuses %s', (query) => {
    expect(readQuery(query).errors).not.toEqual([]);
  });
});

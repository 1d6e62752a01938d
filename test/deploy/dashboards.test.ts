import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { exposedMetrics, type ExposedMetrics } from './exposed-metrics.ts';
import { readQuery } from './promql.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly datasource: { readonly uid: string };
  }[];
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}
interface Alerts {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const dashboard = JSON.parse(await readFile('deploy/grafana/topology-streams.json', 'utf8')) as Dashboard;
const alerts = parse(await readFile('deploy/prometheus/alerts.yaml', 'utf8')) as Alerts;
const rules = alerts.groups.flatMap((group) => group.rules);

/** Given by Prometheus itself, with the target's labels beside each series. */
const OF_PROMETHEUS = { metrics: ['up'], labels: ['instance', 'job'] };

const queries: readonly (readonly [string, string])[] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, refId }) => [`panel ${title} ${refId}`, expr] as const),
  ),
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
];

let exposed: ExposedMetrics;
beforeAll(async () => {
  exposed = await exposedMetrics();
}, 60_000);

describe.each(queries)('the query of %s', (_name, query) => {
  it('is PromQL', () => {
    const { errors, metrics } = readQuery(query);
    expect(errors).toEqual([]);
    expect(metrics.length).toBeGreaterThan(0);
  });

  it('asks for metrics and labels that a running application has', () => {
    const { metrics, labels } = readQuery(query);
    const known = new Set([...metrics.flatMap((name) => [...(exposed.get(name) ?? [])]), ...OF_PROMETHEUS.labels]);
    expect(metrics.filter((name) => !exposed.has(name) && !OF_PROMETHEUS.metrics.includes(name))).toEqual([]);
    expect(labels.filter((label) => !known.has(label))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('has panels with ids of their own that lie beside each other', () => {
    const { panels } = dashboard;
    expect(panels.length).toBeGreaterThan(30);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), `${title} lies on another panel`).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  });

  it('asks the data source that is chosen above, and has a title and a query in each panel', () => {
    for (const { type, title, targets = [], datasource } of dashboard.panels) {
      expect(title).not.toBe('');
      if (type === 'row') continue;
      expect(targets.length, title).toBeGreaterThan(0);
      for (const { uid } of [datasource ?? { uid: '' }, ...targets.map((target) => target.datasource)]) {
        expect(uid, title).toBe('${datasource}');
      }
    }
  });

  it('has variables that the running applications have values for', () => {
    const [datasource, ...others] = dashboard.templating.list;
    expect(datasource).toMatchObject({ name: 'datasource', type: 'datasource' });
    for (const { definition = '' } of others) {
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      expect(exposed.has(metric), definition).toBe(true);
      expect([...(exposed.get(metric) ?? []), ...OF_PROMETHEUS.labels]).toContain(label);
    }
  });
});

describe('the alerts', () => {
  it('have names of their own', () => {
    expect(rules.length).toBeGreaterThan(15);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

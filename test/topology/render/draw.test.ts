import { describe, expect, it } from 'vitest';

import { drawApp, drawPlan } from '../../../src/topology/render/draw.ts';
import { plan, sink, source, stages, subTopology, wordCount } from './plan-fixture.ts';

describe('drawPlan', () => {
  const picture = drawPlan(wordCount, { applicationId: 'word-count' });
  const box = (label: string) => picture.nodes.find((node) => node.label === label);

  it('frames each sub-topology', () => {
    expect(picture.clusters.map(({ label }) => label)).toEqual(['sub-topology 0', 'sub-topology 1', 'sub-topology 2']);
  });

  it('calls generated operators by their verb and keeps the full name in small print', () => {
    expect(box('flatmapvalues')).toMatchObject({ kind: 'processor', detail: 'KSTREAM-FLATMAPVALUES-0000000001' });
    expect(box('not "the"')).toMatchObject({ kind: 'processor', detail: null });
  });

  it('draws an internal topic once, under its full name, between the two sub-topologies that it joins', () => {
    const topics = picture.nodes.filter(({ label }) => label === 'word-count-by-word-repartition');
    expect(topics).toHaveLength(1);
    const [topic] = topics;
    expect(topic?.kind).toBe('internalTopic');
    expect(picture.edges.filter(({ to }) => to === topic?.id)).toHaveLength(1);
    expect(picture.edges.filter(({ from }) => from === topic?.id)).toHaveLength(1);
  });

  it('links a store to the operators that use it, and draws each table of a sink', () => {
    const [operator, counts] = [box('count'), box('counts')];
    expect(picture.edges).toContainEqual({ from: operator?.id, to: counts?.id, kind: 'state' });
    expect(box('words')?.kind).toBe('sink');
    expect(picture.nodes.filter(({ kind }) => kind === 'table').map(({ label }) => label)).toEqual(['words', 'totals']);
  });

  it('gives each box an id of its own, whatever its name', () => {
    const ids = [...picture.nodes, ...picture.clusters].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[A-Za-z0-9_]+$/.test(id))).toBe(true);
  });
});

describe('drawApp', () => {
  const picture = drawApp(stages);

  it('joins stages by the topics and tables that they share', () => {
    const shared = picture.nodes.filter(({ label, kind }) => label === 'word-counts' && kind === 'topic');
    expect(shared).toHaveLength(1);
    expect(shared[0]?.cluster).toBeNull();
    const totals = picture.nodes.filter(({ label, kind }) => label === 'totals' && kind === 'table');
    expect(totals).toHaveLength(1);
    expect(picture.edges.filter(({ to }) => to === totals[0]?.id)).toHaveLength(2);
  });

  it('puts the sub-topologies and internal topics of a stage into its frame', () => {
    const count = picture.clusters.find(({ kind, label }) => kind === 'stage' && label.startsWith('count'));
    expect(count?.label).toBe('count · word-count');
    expect(picture.clusters.filter(({ parent }) => parent === count?.id)).toHaveLength(3);
    expect(picture.nodes.filter(({ kind }) => kind === 'internalTopic').map(({ cluster }) => cluster)).toEqual([
      count?.id,
      count?.id,
    ]);
  });

  it('puts a topic that only one stage writes and reads where it is written, inside the stage', () => {
    const loop = plan(subTopology(0, [source('in', ['start', 'again'], ['out']), sink('out', 'again', ['in'])]));
    const { nodes, clusters } = drawApp([{ name: 'loop', applicationId: 'loop', plan: loop }]);
    const clusterOf = (label: string) => nodes.find((node) => node.label === label)?.cluster;
    expect(clusterOf('again')).toBe(clusters.find(({ kind }) => kind === 'subTopology')?.id);
    expect(clusterOf('start')).toBeNull();
  });

  it('shows patterns, topics chosen per record and sinks that are no tables', () => {
    const labels = picture.nodes.map(({ label }) => label);
    expect(labels).toContain('/^other-.*/');
    expect(labels).toContain('a topic for each record');
    expect(labels).toContain('https://example.org/<hook>');
  });
});

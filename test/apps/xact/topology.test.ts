import { describe, expect, it } from 'vitest';
import { xact } from '../../../src/apps/xact/topology.ts';
import { buildStage } from '../stage-driver.ts';

/** Topics that a stage reads and writes, its own ones left out. */
async function topicsOf(name: string): Promise<{ sources: string[]; sinks: string[] }> {
  const { topology, close } = buildStage(xact, name);
  const nodes = topology.plan.subTopologies.flatMap((part) => part.nodes);
  await close();
  return {
    sources: nodes.flatMap((node) => (node.kind === 'source' && !node.internal ? node.topics : [])).toSorted(),
    sinks: nodes.flatMap((node) => (node.kind === 'sink' && !node.internal ? [String(node.topic)] : [])).toSorted(),
  };
}

describe('the xact application', () => {
  it('has its stages under consumer groups of their own', () => {
    expect(xact.stages.map(({ name, applicationId }) => [name, applicationId])).toEqual([
      ['event-ingester', 'xact-event-ingester-worker'],
      ['download', 'xact-download-worker'],
      ['upload', 'xact-upload-worker'],
      ['result-processor', 'xact-result-processor'],
    ]);
  });

  it('passes on from stage to stage by topics alone', async () => {
    const buckets = [1200, 2400, 300, 600].map((seconds) => `xact.downloads.pending.retry.${seconds}s`);
    expect(await topicsOf('event-ingester')).toEqual({
      sources: ['xact.events.raw'],
      sinks: ['xact.downloads.pending', 'xact.events.dlq'],
    });
    expect(await topicsOf('download')).toEqual({
      sources: ['xact.downloads.pending', ...buckets],
      sinks: ['xact.downloads.cached', 'xact.downloads.dlq', ...buckets],
    });
    expect(await topicsOf('upload')).toEqual({
      sources: ['xact.downloads.cached'],
      sinks: ['xact.downloads.results'],
    });
    expect(await topicsOf('result-processor')).toEqual({
      sources: ['xact.downloads.dlq', 'xact.downloads.results'],
      sinks: [],
    });
  });

  it('shares no consumer group with claimx, so both may run in one process', async () => {
    const { claimx } = await import('../../../src/apps/claimx/topology.ts');
    const groups = [...claimx.stages, ...xact.stages].map(({ applicationId }) => applicationId);
    expect(new Set(groups).size).toBe(groups.length);
  });
});

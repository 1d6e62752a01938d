import { describe, expect, it } from 'vitest';
import { claimx } from '../../../src/apps/claimx/topology.ts';
import { buildStage } from '../stage-driver.ts';

describe('the claimx application', () => {
  it('has five stages under the consumer groups that its operators know', () => {
    expect(claimx.stages.map(({ name, applicationId }) => [name, applicationId])).toEqual([
      ['ingester', 'claimx-event-ingester-worker'],
      ['enricher', 'claimx-enrichment-worker'],
      ['downloader', 'claimx-download-worker'],
      ['uploader', 'claimx-upload-worker'],
      ['result-processor', 'claimx-result-processor'],
    ]);
  });

  it.each(claimx.stages.map((stage) => stage.name))('builds its stage %s, and closes what it opened', async (name) => {
    const { topology, close } = buildStage(claimx, name);
    expect(topology.plan.subTopologies.length).toBeGreaterThan(0);
    await close();
  });

  it('passes on from stage to stage by topics alone', async () => {
    const sources = new Map<string, string[]>();
    const sinks = new Map<string, string[]>();
    for (const { name } of claimx.stages) {
      const { topology, close } = buildStage(claimx, name);
      const nodes = topology.plan.subTopologies.flatMap((part) => part.nodes);
      sources.set(
        name,
        nodes.flatMap((node) => (node.kind === 'source' && !node.internal ? node.topics : [])),
      );
      sinks.set(
        name,
        nodes.flatMap((node) => (node.kind === 'sink' && !node.internal ? [String(node.topic)] : [])),
      );
      await close();
    }
    const retries = (topic: string) => topic.includes('.retry.');
    expect(sources.get('ingester')).toEqual(['claimx.events.raw']);
    expect(sinks.get('ingester')?.toSorted()).toEqual(['claimx.enrichment.pending', 'claimx.events.dlq']);
    expect(sources.get('enricher')?.filter((topic) => !retries(topic))).toEqual(['claimx.enrichment.pending']);
    expect(sources.get('enricher')?.filter(retries)).toHaveLength(4);
    expect(
      sinks
        .get('enricher')
        ?.filter((topic) => !retries(topic))
        .toSorted(),
    ).toEqual(['claimx.downloads.pending', 'claimx.enrichment.dlq']);
    expect(
      sinks
        .get('downloader')
        ?.filter((topic) => !retries(topic))
        .toSorted(),
    ).toEqual(['claimx.downloads.cached', 'claimx.downloads.dlq']);
    expect(sources.get('uploader')).toEqual(['claimx.downloads.cached']);
    expect(sinks.get('uploader')).toEqual(['claimx.downloads.results']);
    expect(sources.get('result-processor')?.toSorted()).toEqual([
      'claimx.downloads.dlq',
      'claimx.downloads.results',
      'claimx.enrichment.dlq',
    ]);
  });

  it('commits the entity tables with projects first and the log last', async () => {
    const { topology, close } = buildStage(claimx, 'enricher');
    const external = topology.plan.subTopologies.flatMap((part) => (part.external ? [part.external] : []));
    expect(external.map((node) => node.connector.description)).toEqual([
      'delta claimx_projects, claimx_contacts, claimx_task_templates, claimx_tasks, claimx_external_links, claimx_video_collab, claimx_attachment_metadata, claimx_event_log',
    ]);
    await close();
  });
});

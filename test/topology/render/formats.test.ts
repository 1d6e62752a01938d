import { describe, expect, it } from 'vitest';

import { renderAppDot, renderDot, renderOverviewDot } from '../../../src/topology/render/dot.ts';
import { renderAppJson, renderJson } from '../../../src/topology/render/json.ts';
import { renderAppMermaid, renderMermaid } from '../../../src/topology/render/mermaid.ts';
import { renderAppSvg, renderOverviewSvg, renderSvg } from '../../../src/topology/render/svg.ts';
import { stages, wordCount } from './plan-fixture.ts';

const golden = (name: string) => `../../golden/render/${name}`;

describe('Mermaid', () => {
  it('writes one plan as the golden file has it', async () => {
    await expect(renderMermaid(wordCount)).toMatchFileSnapshot(golden('word-count.mmd'));
  });

  it('writes an application as the golden file has it', async () => {
    await expect(renderAppMermaid(stages, { title: 'words' })).toMatchFileSnapshot(golden('app.mmd'));
  });

  it('escapes what Mermaid would take for its own', () => {
    expect(renderMermaid(wordCount)).toContain('"not #34;the#34;"');
    expect(renderAppMermaid(stages)).toContain('"https://example.org/#60;hook#62;"');
  });
});

describe('DOT', () => {
  it('writes one plan as the golden file has it', async () => {
    await expect(renderDot(wordCount, { applicationId: 'word-count' })).toMatchFileSnapshot(golden('word-count.dot'));
  });

  it('writes an application as the golden file has it', async () => {
    await expect(renderAppDot(stages, { title: 'words' })).toMatchFileSnapshot(golden('app.dot'));
  });

  it('writes an application at a glance as the golden file has it', async () => {
    await expect(renderOverviewDot(stages)).toMatchFileSnapshot(golden('overview.dot'));
  });
});

describe('SVG', () => {
  it('is what Graphviz makes of the DOT text: every box is there, and it can stand in a page', async () => {
    const svg = await renderAppSvg(stages, { title: 'words' });
    expect(svg).toMatch(/^<svg /);
    expect(svg.trimEnd()).toMatch(/<\/svg>$/);
    for (const label of ['word-counts', 'flatmapvalues', 'counts', 'totals', '/^other-.*/', 'not "the"']) {
      expect(unescaped(svg)).toContain(`>${label}</text>`);
    }
  });

  it('keeps the ids of the boxes at a glance, so that a page can write figures into them', async () => {
    const svg = await renderOverviewSvg(stages);
    expect(svg).toContain('<g id="stage_count" class="node">');
    expect(svg).toContain('<g id="topic_lines" class="node">');
  });

  it('draws one plan too', async () => {
    expect(await renderSvg(wordCount)).toContain('>lines</text>');
  });
});

describe('JSON', () => {
  it('writes one plan as the golden file has it', async () => {
    const json = `${JSON.stringify(renderJson(wordCount), null, 2)}\n`;
    await expect(json).toMatchFileSnapshot(golden('word-count.json'));
  });

  it('says who writes and who reads each topic of an application', () => {
    expect(renderAppJson(stages).topics).toEqual([
      { name: 'lines', writers: [], readers: ['count'] },
      { name: 'word-counts', writers: ['count'], readers: ['alert'] },
      { name: 'words.dlq', writers: ['alert'], readers: [] },
    ]);
  });
});

function unescaped(svg: string): string {
  return svg.replaceAll('&quot;', '"').replaceAll('&#45;', '-').replaceAll('&#160;', ' ').replaceAll('&gt;', '>');
}

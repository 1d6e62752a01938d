import type { TopologyPlan } from '../topology.ts';
import { drawApp, drawPlan, type DrawOptions } from './draw.ts';
import { CLUSTER_COLOURS, PALETTE } from './palette.ts';
import type { Picture, PictureCluster, PictureNode, PictureNodeKind, StagePlan } from './picture.ts';

/** A plan as a Mermaid flowchart, for a README or a review. */
export function renderMermaid(plan: TopologyPlan, options: DrawOptions = {}): string {
  return writeMermaid(drawPlan(plan, options));
}

/** A whole application as one Mermaid flowchart. */
export function renderAppMermaid(stages: readonly StagePlan[], options: { readonly title?: string } = {}): string {
  return writeMermaid(drawApp(stages, options));
}

const SHAPES: Readonly<Record<PictureNodeKind, readonly [string, string]>> = {
  topic: ['[/', '/]'],
  internalTopic: ['[/', '/]'],
  source: ['([', '])'],
  processor: ['[', ']'],
  store: ['[(', ')]'],
  sink: ['([', '])'],
  externalSink: ['([', '])'],
  table: ['[[', ']]'],
  external: ['{{', '}}'],
  stage: ['[', ']'],
};

function writeMermaid(picture: Picture): string {
  const lines: string[] = picture.title === null ? [] : ['---', `title: ${JSON.stringify(picture.title)}`, '---'];
  lines.push(`flowchart ${picture.direction}`);
  writeLevel(picture, null, '  ', lines);
  for (const { from, to, kind } of picture.edges) lines.push(`  ${from} ${kind === 'flow' ? '-->' : '-.-'} ${to}`);
  for (const kind of new Set(picture.nodes.map((node) => node.kind))) {
    const { fill, stroke, text } = PALETTE[kind];
    const dashes = kind === 'internalTopic' ? ',stroke-dasharray:4 3' : '';
    lines.push(`  classDef ${kind} fill:${fill},stroke:${stroke},color:${text}${dashes}`);
  }
  for (const { id, kind } of picture.clusters) {
    lines.push(`  style ${id} fill:${CLUSTER_COLOURS[kind].fill},stroke:${CLUSTER_COLOURS[kind].stroke},color:#1f2933`);
  }
  return `${lines.join('\n')}\n`;
}

function writeLevel(picture: Picture, cluster: string | null, indent: string, lines: string[]): void {
  for (const node of picture.nodes) if (node.cluster === cluster) lines.push(indent + box(node));
  for (const child of picture.clusters) {
    if (child.parent === cluster) writeCluster(picture, child, indent, lines);
  }
}

function writeCluster(picture: Picture, cluster: PictureCluster, indent: string, lines: string[]): void {
  lines.push(`${indent}subgraph ${cluster.id}["${escape(cluster.label)}"]`);
  writeLevel(picture, cluster.id, `${indent}  `, lines);
  lines.push(`${indent}end`);
}

function box(node: PictureNode): string {
  const [open, close] = SHAPES[node.kind];
  const detail = node.detail === null ? '' : `<br/><small>${escape(node.detail)}</small>`;
  return `${node.id}${open}"${escape(node.label)}${detail}"${close}:::${node.kind}`;
}

/** Mermaid's own entities: a label may hold anything. */
function escape(text: string): string {
  return text.replaceAll(/[#"<>&`\\]/g, (character) => `#${character.charCodeAt(0)};`);
}

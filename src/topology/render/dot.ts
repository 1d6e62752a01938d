import type { TopologyPlan } from '../topology.ts';
import { drawApp, drawPlan, type DrawOptions } from './draw.ts';
import { drawOverview } from './draw-overview.ts';
import { ARROWS, CLUSTER_COLOURS, PALETTE } from './palette.ts';
import type { Picture, PictureCluster, PictureNode, PictureNodeKind, StagePlan } from './picture.ts';

/** A plan in Graphviz's language. */
export function renderDot(plan: TopologyPlan, options: DrawOptions = {}): string {
  return writeDot(drawPlan(plan, options));
}

/** A whole application in Graphviz's language. */
export function renderAppDot(stages: readonly StagePlan[], options: { readonly title?: string } = {}): string {
  return writeDot(drawApp(stages, options));
}

/** An application at a glance, in Graphviz's language. The id of each box is its id in the SVG too. */
export function renderOverviewDot(stages: readonly StagePlan[]): string {
  return writeDot(drawOverview(stages));
}

const SHAPES: Readonly<Record<PictureNodeKind, string>> = {
  topic: 'shape=cds style="filled" margin="0.18,0.09"',
  internalTopic: 'shape=cds style="filled,dashed" margin="0.18,0.09"',
  source: 'shape=box style="filled,rounded"',
  processor: 'shape=box style="filled"',
  store: 'shape=cylinder style="filled"',
  sink: 'shape=box style="filled,rounded"',
  externalSink: 'shape=box style="filled,rounded"',
  table: 'shape=tab style="filled" penwidth=1.5',
  external: 'shape=component style="filled"',
  stage: 'shape=box style="filled,rounded" width=1.9 height=0.7 fontsize=14 penwidth=1.5',
};

function writeDot(picture: Picture): string {
  const lines = [
    `digraph ${quote(picture.title ?? 'topology')} {`,
    `  graph [rankdir=${picture.direction} fontname="Helvetica" fontsize=12 nodesep=0.22 ranksep=0.45 bgcolor="transparent" newrank=true]`,
    '  node [fontname="Helvetica" fontsize=11 margin="0.14,0.06" height=0.36]',
    '  edge [arrowsize=0.7]',
  ];
  if (picture.title !== null) lines.push(`  label=${quote(picture.title)} labelloc=t labeljust=l`);
  writeLevel(picture, null, '  ', lines);
  for (const { from, to, kind } of picture.edges) {
    const style = kind === 'flow' ? '' : ' style=dashed dir=none constraint=true';
    lines.push(`  ${from} -> ${to} [color="${ARROWS[kind]}"${style}]`);
  }
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

function writeLevel(picture: Picture, cluster: string | null, indent: string, lines: string[]): void {
  for (const node of picture.nodes)
    if (node.cluster === cluster) lines.push(indent + box(node, picture.named ?? false));
  for (const child of picture.clusters) {
    if (child.parent === cluster) writeCluster(picture, child, indent, lines);
  }
}

function writeCluster(picture: Picture, cluster: PictureCluster, indent: string, lines: string[]): void {
  const { fill, stroke } = CLUSTER_COLOURS[cluster.kind];
  const font = cluster.kind === 'stage' ? 'fontsize=13' : 'fontsize=10';
  lines.push(
    `${indent}subgraph cluster_${cluster.id} {`,
    `${indent}  label=${quote(cluster.label)} labeljust=l ${font} fontcolor="#3e4c59"`,
    `${indent}  style="filled,rounded" fillcolor="${fill}" color="${stroke}"`,
  );
  writeLevel(picture, cluster.id, `${indent}  `, lines);
  lines.push(`${indent}}`);
}

function box(node: PictureNode, named: boolean): string {
  const { fill, stroke, text } = PALETTE[node.kind];
  const label =
    node.detail === null ? quote(node.label) : htmlLabel(node.label, node.detail, node.kind === 'stage' ? 11 : 9);
  return `${node.id} [${named ? `id=${node.id} ` : ''}label=${label} ${SHAPES[node.kind]} fillcolor="${fill}" color="${stroke}" fontcolor="${text}"]`;
}

function htmlLabel(label: string, detail: string, points: number): string {
  return `<${escape(label)}<br/><font point-size="${points}">${escape(detail)}</font>>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

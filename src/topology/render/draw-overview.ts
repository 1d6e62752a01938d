import type { ExternalSinkNode } from '../topology.ts';
import { Canvas } from './canvas.ts';
import { renderAppJson } from './json.ts';
import type { Picture, StagePlan } from './picture.ts';
import { tablesOf } from './tables-of.ts';

/**
 * An application at a glance: one box for each stage, and the topics and tables between them and the world. Topics that
 * only one stage writes and reads, such as its retry buckets, are left out.
 */
export function drawOverview(stages: readonly StagePlan[]): Picture {
  const canvas = new Canvas();
  const stageBoxes = new Map<string, string>();
  for (const { name } of stages) {
    const box = { kind: 'stage', label: name, detail: 'not started', cluster: null } as const;
    stageBoxes.set(name, canvas.node(`stage ${name}`, box));
  }
  const boxOf = (stage: string) => stageBoxes.get(stage) ?? stage;
  for (const { name, readers, writers } of renderAppJson(stages).topics) {
    if (readers.length === 1 && writers.length === 1 && readers[0] === writers[0]) continue;
    const topic = canvas.node(`topic ${name}`, { kind: 'topic', label: name, detail: null, cluster: null });
    for (const writer of writers) canvas.edge(boxOf(writer), topic, 'flow');
    for (const reader of readers) canvas.edge(topic, boxOf(reader), 'flow');
  }
  for (const { name, plan } of stages) {
    const nodes = plan.subTopologies.flatMap((subTopology) => subTopology.nodes);
    for (const node of nodes) if (node.kind === 'external') drawTargets(canvas, boxOf(name), node);
  }
  return { ...canvas.finish(null, 'LR'), named: true };
}

function drawTargets(canvas: Canvas, stage: string, node: ExternalSinkNode): void {
  const { description } = node.connector;
  const tables = tablesOf(node);
  if (tables === null) {
    const external = { kind: 'external', label: description, detail: null, cluster: null } as const;
    canvas.edge(stage, canvas.node(`external ${description}`, external), 'flow');
  }
  for (const table of tables ?? []) {
    const box = { kind: 'table', label: table, detail: 'Delta table', cluster: null } as const;
    canvas.edge(stage, canvas.node(`table ${table}`, box), 'flow');
  }
}

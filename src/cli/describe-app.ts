import type { AppDefinition } from '../runtime/define-app.ts';
import { renderAppJson } from '../topology/render/json.ts';
import { stagePlans, type BuiltStage } from './build-stages.ts';

/** Each stage in Kafka Streams' own text, then the flow across them: every topic and table, who writes and who reads it. */
export function describeApp(app: AppDefinition, stages: readonly BuiltStage[]): string {
  const parts = [`${app.name}: ${app.description}`];
  for (const { stage, topology } of stages) {
    const about = stage.description === undefined ? '' : `: ${stage.description}`;
    parts.push(
      `Stage ${stage.name} (application id ${stage.applicationId})${about}\n\n${topology.describe().trimEnd()}`,
    );
  }
  parts.push(`Flow\n\n${flow(stages).join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

function flow(stages: readonly BuiltStage[]): string[] {
  const plans = stagePlans(stages);
  const { topics } = renderAppJson(plans);
  const width = Math.max(0, ...topics.map(({ name }) => name.length));
  const lines = topics.map(
    ({ name, writers, readers }) =>
      `   ${name.padEnd(width)}  ${writers.join(', ') || 'from outside'} --> ${readers.join(', ') || 'nobody here'}`,
  );
  for (const { name, plan } of plans) {
    for (const { external } of plan.subTopologies) {
      if (external) lines.push(`   ${name} --> ${external.connector.description}`);
    }
  }
  return lines;
}

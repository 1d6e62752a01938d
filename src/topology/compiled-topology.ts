import { describe } from './describe.ts';
import { renderDot } from './render/dot.ts';
import { renderJson } from './render/json.ts';
import { renderMermaid } from './render/mermaid.ts';
import { renderSvg } from './render/svg.ts';
import type { Topology, TopologyPlan } from './topology.ts';

/** A plan with its pictures, which are made when asked for. */
export function compiledTopology(plan: TopologyPlan): Topology {
  return Object.freeze({
    plan,
    describe: () => describe(plan),
    toMermaid: () => renderMermaid(plan),
    toDot: () => renderDot(plan),
    toSvg: () => renderSvg(plan),
    toJSON: () => renderJson(plan),
  });
}

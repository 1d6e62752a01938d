import type { TopologyPlan } from '../topology.ts';
import type { DrawOptions } from './draw.ts';
import { renderAppDot, renderDot, renderOverviewDot } from './dot.ts';
import type { StagePlan } from './picture.ts';

/** A plan as SVG, laid out by Graphviz. */
export function renderSvg(plan: TopologyPlan, options: DrawOptions = {}): Promise<string> {
  return layOut(renderDot(plan, options));
}

/** A whole application as one SVG. */
export function renderAppSvg(stages: readonly StagePlan[], options: { readonly title?: string } = {}): Promise<string> {
  return layOut(renderAppDot(stages, options));
}

/** An application at a glance, as SVG. */
export function renderOverviewSvg(stages: readonly StagePlan[]): Promise<string> {
  return layOut(renderOverviewDot(stages));
}

/** Graphviz is WebAssembly and loaded at the first picture: most programs never draw one. */
async function layOut(dot: string): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  const svg = graphviz.dot(dot);
  // Without the XML prolog the picture can stand in a page as it is, and as a file of its own all the same.
  return svg.slice(svg.indexOf('<svg'));
}

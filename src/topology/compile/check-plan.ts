import { invalid } from './require-serde.ts';
import type { DraftNode, PlanBuilder } from './plan-builder.ts';

/** Refuses a plan that cannot run or that would never end. @throws TOPOLOGY_INVALID */
export function checkPlan(plan: PlanBuilder): void {
  const nodes = [...plan.nodes.values()];
  if (!nodes.some((node) => node.kind === 'source')) {
    throw invalid('The topology reads no topic; begin with builder.stream(topic) or builder.table(topic).');
  }
  checkStores(plan, nodes);
  checkPatterns(nodes);
  for (const node of nodes) if (node.kind === 'sink' && !node.bucket) checkLoop(plan, node, node.topic);
}

function checkStores(plan: PlanBuilder, nodes: readonly DraftNode[]): void {
  const used = new Set<string>();
  const globals = new Set([...plan.globalStores.values()].map(({ name }) => name));
  for (const node of nodes) {
    if (node.kind !== 'processor') continue;
    for (const store of node.stores) {
      used.add(store);
      if (plan.stores.has(store) || globals.has(store)) continue;
      const known = [...plan.stores.keys(), ...globals];
      throw invalid(
        `${node.name} uses the store ${store}, which is not there. ${known.length === 0 ? 'No store is declared' : `Declared are: ${known.join(', ')}`}; add it with builder.addStore(...), or name the store of a table.`,
      );
    }
  }
  for (const store of plan.stores.keys()) {
    if (!used.has(store)) {
      throw invalid(
        `The store ${store} is used by no processor; name it in the option \`stores\` of process(), or remove it.`,
      );
    }
  }
}

function checkPatterns(nodes: readonly DraftNode[]): void {
  const sources = nodes.filter((node) => node.kind === 'source');
  for (const { pattern, name } of sources) {
    if (pattern === null) continue;
    const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace('g', ''));
    for (const other of sources) {
      const topic = other.internal ? undefined : other.topics.find((one) => whole.test(one));
      if (topic !== undefined) {
        throw invalid(
          `Topic ${topic} is read by ${other.name} and also matches the pattern of ${name}; make the pattern narrower.`,
        );
      }
    }
  }
}

/** A topic may be written and read again, but not by a path that leads from it to itself. */
function checkLoop(plan: PlanBuilder, sink: DraftNode, topic: unknown): void {
  const seen = new Set<string>();
  const waiting = [...sink.parents];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const node = plan.nodes.get(name);
    if (node === undefined) continue;
    if (node.kind === 'source' && !node.internal && node.topics.some((one) => one === topic)) {
      throw invalid(
        `${sink.name} writes to ${String(topic)}, from which its records come (${name}): they would go round for ever. Write to another topic.`,
      );
    }
    waiting.push(...node.parents);
  }
}

import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { Graph } from '../graph.ts';
import { checkName } from '../names.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { StepNode } from '../nodes/step-node.ts';
import type { ProcessOptions } from '../options.ts';

export interface StepDeclaration {
  readonly operator: string;
  readonly name: string;
  readonly parents: readonly LogicalNode[];
  readonly supplier: ProcessorSupplier;
  readonly stateless: boolean;
  readonly uses?: readonly string[];
  readonly owns?: readonly StoreSpec[];
}

/** Appends one processor. */
export function declareStep(graph: Graph, { uses = [], owns = [], ...step }: StepDeclaration): StepNode {
  return graph.append({ kind: 'step', ...step, uses, owns });
}

/** Appends a processor of the application's. A given name takes no number here, unlike everywhere else: Kafka Streams' rule. */
export function declareProcess(
  graph: Graph,
  parent: LogicalNode,
  supplier: ProcessorSupplier,
  operator: 'process' | 'processValues',
  options: ProcessOptions<unknown, unknown>,
): { readonly node: StepNode; readonly name: string } {
  const prefix = operator === 'process' ? 'KSTREAM-PROCESSOR-' : 'KSTREAM-PROCESSVALUES-';
  const name = options.name === undefined ? graph.newName(prefix) : checkName(options.name);
  const uses = options.stores ?? [];
  return { name, node: declareStep(graph, { operator, name, parents: [parent], supplier, stateless: false, uses }) };
}

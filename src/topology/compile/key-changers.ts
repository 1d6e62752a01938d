import type { LogicalNode } from '../nodes/node.ts';

const KEY_CHANGERS = new Set(['map', 'flatMap', 'selectKey', 'groupBy', 'process']);
const VALUE_CHANGERS = new Set([
  'mapValues',
  'flatMapValues',
  'process',
  'processValues',
  'mapAsync',
  'retry',
  'batch',
]);

/** An operator on streams that may have changed the key. */
export function isKeyChanging(node: LogicalNode): boolean {
  return node.kind === 'step' && KEY_CHANGERS.has(node.operator);
}

/** An operator on streams that may have changed the values, and with them their serde. */
export function isValueChanging(node: LogicalNode): boolean {
  return node.kind === 'step' && VALUE_CHANGERS.has(node.operator);
}

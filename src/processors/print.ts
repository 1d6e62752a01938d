import { forEach } from './for-each.ts';
import type { ProcessorSupplier } from './processor.ts';

/** Writes each record as a line, `[label]: key, value`. */
export function print(label: string, write: (line: string) => void): ProcessorSupplier<unknown, unknown, never, never> {
  return forEach((value, key) => write(`[${label}]: ${text(key)}, ${text(value)}`));
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  return JSON.stringify(value) ?? String(value);
}

import type { Serde, Windowed } from '../../src/core/serde.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import type { GlobalKTable } from '../../src/topology/global-table.ts';
import type { GroupedStream } from '../../src/topology/grouped-stream.ts';
import type { GroupedTable } from '../../src/topology/grouped-table.ts';
import type { KStream } from '../../src/topology/stream.ts';
import type { KTable } from '../../src/topology/table.ts';
import type { SessionWindowedStream, TimeWindowedStream } from '../../src/topology/windowed-stream.ts';
import type { Op } from './scenario-format.ts';

/** Thrown for an operator that this project does not have yet. */
export class NotYet extends Error {}

export type Text = string | null;
export type Node =
  | { readonly kind: 'stream'; readonly it: KStream<Text, Text> }
  | { readonly kind: 'table'; readonly it: KTable<Text, Text> }
  | { readonly kind: 'globalTable'; readonly it: GlobalKTable<Text, Text> }
  | { readonly kind: 'windowedTable'; readonly it: KTable<Windowed<Text>, Text> }
  | { readonly kind: 'group'; readonly it: GroupedStream<Text, Text> }
  | { readonly kind: 'tableGroup'; readonly it: GroupedTable<Text, Text> }
  | { readonly kind: 'windows'; readonly it: TimeWindowedStream<Text, Text> }
  | { readonly kind: 'sessions'; readonly it: SessionWindowedStream<Text, Text> };

export const text = serdes.string as unknown as Serde<Text>;
export const both = { key: text, value: text };

export function named({ name }: Op): { name?: string } {
  return name === undefined ? {} : { name };
}

export function versioned({ versionedMs }: Op): { versioned?: { historyRetentionMs: number } } {
  return versionedMs === undefined ? {} : { versioned: { historyRetentionMs: versionedMs } };
}

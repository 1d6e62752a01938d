import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import type { Answer } from './answer.ts';
import type { Scenario } from './scenario-format.ts';

/** A scenario, and what Kafka Streams 4.3.1 answered. */
export interface Kept {
  readonly scenario: Scenario;
  readonly answer: Answer;
}

/** What `golden.mjs` kept in a file of test/golden/differential. */
export function readKept(file: string): Kept[] {
  const bytes = readFileSync(new URL(`../golden/differential/${file}`, import.meta.url));
  return brotliDecompressSync(bytes)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Kept);
}

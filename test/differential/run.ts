// Reads scenarios, one JSON per line, and prints an answer for each, as the oracle does. An operator that is not here yet
// answers `{"name", "notYet"}`. Runs under Node with type stripping, or through vitest-node.
import { createInterface } from 'node:readline';
import { answer } from './answer.ts';
import type { Scenario } from './scenario-format.ts';

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') console.log(JSON.stringify(await answer(JSON.parse(line) as Scenario)));
}

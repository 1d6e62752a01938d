#!/usr/bin/env node
// Compares two files of answers, one JSON per line: node test/differential/compare.mjs theirs.jsonl ours.jsonl
// Prints the first difference of each scenario and what was not comparable; ends with 1 when anything differs.
import { readFileSync } from 'node:fs';

const lines = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** The first thing that differs, in words; null when nothing does. */
export function difference(theirs, ours) {
  if (theirs.name !== ours.name) return `is compared with ${ours.name}: the files are not of the same scenarios`;
  if ('error' in theirs !== 'error' in ours)
    return `${'error' in theirs ? 'they refuse' : 'we refuse'}: ${theirs.message ?? ours.message}`;
  if ('error' in theirs) return null;
  if (theirs.describe !== ours.describe) return `describe\n--- theirs\n${theirs.describe}\n--- ours\n${ours.describe}`;
  const one = [...theirs.outputs, ...(theirs.finals ?? [])];
  const other = [...ours.outputs, ...(ours.finals ?? [])];
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const [a, b] = [JSON.stringify(one[i]), JSON.stringify(other[i])];
    if (a !== b) return `output ${i}\n  theirs ${a}\n  ours   ${b}`;
  }
  return JSON.stringify(theirs.stores) === JSON.stringify(ours.stores)
    ? null
    : `stores\n  theirs ${JSON.stringify(theirs.stores)}\n  ours   ${JSON.stringify(ours.stores)}`;
}

const [theirFile, ourFile] = process.argv.slice(2);
if (theirFile !== undefined && ourFile !== undefined) {
  const theirs = lines(theirFile);
  const ours = lines(ourFile);
  const missing = new Map();
  let [same, different] = [0, Math.abs(theirs.length - ours.length)];
  if (different > 0) console.log(`${theirs.length} answers of theirs, ${ours.length} of ours`);
  for (const [i, mine] of ours.entries()) {
    const answer = theirs[i];
    if (answer === undefined) break;
    if ('notYet' in mine) {
      missing.set(mine.notYet, (missing.get(mine.notYet) ?? 0) + 1);
      continue;
    }
    const found = difference(answer, mine);
    if (found === null) same++;
    else {
      different++;
      console.log(`${answer.name}: ${found}`);
    }
  }
  for (const [what, count] of missing) console.log(`not compared: ${count} with ${what}`);
  console.log(`${same} equal, ${different} different`);
  process.exitCode = different > 0 ? 1 : 0;
}

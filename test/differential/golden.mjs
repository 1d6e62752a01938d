#!/usr/bin/env node
// Keeps scenarios with Kafka Streams' answers: node test/differential/golden.mjs scenarios.jsonl answers.jsonl kept.jsonl.br
// Each kept line is {"scenario", "answer"}, all of it compressed with Brotli.
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

const [scenarios, answers, kept] = process.argv.slice(2);
const lines = (file) => readFileSync(file, 'utf8').trim().split('\n');
const theirs = lines(answers);
const pairs = lines(scenarios).map((scenario, i) => {
  const answer = JSON.parse(theirs[i] ?? '{}');
  const { name } = JSON.parse(scenario);
  if (answer.name !== name) throw new Error(`scenario ${name} has no answer: line ${i + 1} is of ${answer.name}`);
  return `{"scenario":${scenario},"answer":${theirs[i]}}`;
});
const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 10 };
writeFileSync(kept, brotliCompressSync(Buffer.from(`${pairs.join('\n')}\n`), { params }));
console.log(`${pairs.length} scenarios kept in ${kept}`);

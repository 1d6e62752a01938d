#!/usr/bin/env node
// Kafka Streams' test driver has one partition. A topology that needs no repartitioning does with each partition what it
// does with all of a topic, so the oracle is asked partition by partition: of each scenario on standard input, what needs
// repartitioning is left out, and one scenario for each partition is printed, named `<name>/<partition>`. Its inputs say
// their step in the whole one. node generate.mjs --seed 1 --count 100 | node split-partitions.mjs
import { createInterface } from 'node:readline';

const PARTITIONS = 3;
const KEEPS_KEY = new Set(
  'stream table globalTable filter filterNot mapValues flatMapValues merge split toTable groupByKey windowedBy count reduce aggregate suppress toStream to join leftJoin outerJoin'.split(
    ' ',
  ),
);

/** The operators that keep the key, and depend on such only. */
function keyKeeping(ops) {
  const ids = new Set();
  const windowed = new Set();
  return ops.filter((op) => {
    if (!KEEPS_KEY.has(op.op) || op.foreignKey !== undefined) return false;
    if ([op.in, op.other].some((from) => from !== undefined && !ids.has(from))) return false;
    if (op.op === 'toStream' && windowed.has(op.in)) return false;
    if (op.op === 'windowedBy' || windowed.has(op.in)) windowed.add(op.id);
    ids.add(op.id);
    for (const { name } of op.branches ?? []) ids.add(`${op.id}-${name}`);
    if (op.default) ids.add(`${op.id}-rest`);
    return true;
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === '') continue;
  const scenario = JSON.parse(line);
  const ops = keyKeeping(scenario.ops);
  if (!ops.some(({ op }) => op === 'to')) continue;
  const globals = new Set(ops.flatMap(({ op, topic }) => (op === 'globalTable' ? [topic] : [])));
  const topics = new Set(ops.flatMap(({ op, topic }) => (op === 'to' ? [] : [topic])));
  const inputs = scenario.inputs.flatMap((input, step) => {
    if (!('topic' in input) || !topics.has(input.topic)) return [];
    const partition = (input.key === null ? step : input.key.charCodeAt(0)) % PARTITIONS;
    return [{ ...input, partition, step }];
  });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = inputs.filter((input) => input.partition === partition || globals.has(input.topic));
    const config = { ...scenario.config, partitions: PARTITIONS };
    console.log(JSON.stringify({ name: `${scenario.name}/${partition}`, config, ops, inputs: own }));
  }
}

#!/usr/bin/env node
// Varies scenarios on standard input by what the generators leave out: headers, caches, the optimisation rules, several
// topics and patterns, timestamp extractors, names, dynamic sinks, cogroup, and what is in the stores at the end.
// node generate.mjs --seed 1 --count 100 | node vary.mjs --seed 1
import { createInterface } from 'node:readline';

const at = process.argv.indexOf('--seed');
const seed0 = at < 0 ? 1 : Number(process.argv[at + 1]);

/** mulberry32 */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const RULES = ['reuse.ktable.source.topics', 'merge.repartition.topics', 'single.store.self.join'];
/** Operators of streams that may be named; those of tables have other forms. */
const NAMED = [
  'stream',
  'map',
  'selectKey',
  'flatMap',
  'flatMapValues',
  'merge',
  'peek',
  'groupByKey',
  'groupBy',
  'to',
];

function vary(scenario, seed) {
  const next = random(seed * 6700417 + 11);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const chance = (p) => next() < p;
  let n = 0;
  const name = (what) => `${what}-${seed}-${++n}`;
  const config = { ...scenario.config };
  const sinks = scenario.ops.filter(({ op }) => op === 'to');
  const ops = scenario.ops.filter(({ op }) => op !== 'to');
  const kind = new Map();
  for (const { id, op, in: from } of ops) {
    const table = ['table', 'toTable', 'count', 'reduce', 'aggregate', 'cogroup', 'suppress'].includes(op);
    kind.set(id, table || (op !== 'toStream' && op !== 'groupBy' && kind.get(from) === 'table') ? 'table' : 'stream');
  }
  const fromStream = ({ in: from }) => kind.get(from) === 'stream';

  const groups = ops
    .filter((op) => (op.op === 'groupByKey' || op.op === 'groupBy') && fromStream(op))
    .map(({ id }) => id);
  if (groups.length > 0 && chance(0.5)) {
    const window = pick([
      {},
      { window: { type: 'tumbling', sizeMs: pick([5, 20]), graceMs: pick([0, 10]) } },
      { window: { type: 'sliding', sizeMs: 10, graceMs: pick([0, 10]) } },
      { window: { type: 'session', gapMs: pick([3, 10]), graceMs: pick([0, 10]) } },
    ]);
    const others = groups.slice(1).filter(() => chance(0.6));
    ops.push({ id: 'co', op: 'cogroup', in: groups[0], others, store: 'cogrouped', ...window });
    ops.push({ id: 'co-out', op: 'toStream', in: 'co' });
    sinks.push({ op: 'to', in: 'co-out', topic: 'out-co' });
  }
  if (chance(0.3)) {
    const source = pick(ops.filter(({ op }) => op === 'stream'));
    ops.push({
      id: 'self',
      op: pick(['join', 'leftJoin', 'outerJoin']),
      in: source.id,
      other: source.id,
      window: { beforeMs: pick([0, 5]), afterMs: pick([0, 5, 10]), graceMs: pick([0, 10]) },
    });
    sinks.push({ op: 'to', in: 'self', topic: 'out-self' });
  }
  if (chance(0.3)) {
    const source = pick(ops.filter(({ op }) => op === 'stream'));
    ops.push({ id: 'peeked', op: 'peek', in: source.id });
    sinks.push({ op: 'to', in: 'peeked', topic: 'out-peeked' });
  }

  const more = new Map();
  const named = chance(0.4);
  const varied = [...ops, ...sinks].map((op) => {
    const changed = { ...op };
    if (op.op === 'stream' && chance(0.3)) {
      more.set(op.topic, `${op.topic}-more`);
      if (chance(0.5)) changed.topics = [op.topic, `${op.topic}-more`];
      else changed.pattern = `^${op.topic}(-more)?$`;
    }
    if ((op.op === 'stream' || op.op === 'table') && chance(0.15)) changed.extractor = pick(['z', 'q']);
    if (op.op === 'to' && chance(0.2)) changed.dynamic = true;
    const streamJoin = op.op.endsWith('oin') && fromStream(op) && op.key === undefined;
    const stateless = ['filter', 'filterNot', 'mapValues'].includes(op.op) && fromStream(op);
    if (named && chance(0.5) && (NAMED.includes(op.op) || streamJoin || stateless)) changed.name = name('named');
    return changed;
  });

  if (chance(0.5)) config.headers = true;
  // Results on close over a cache, and windows over a cache that evicts, differ: see docs/differences.md.
  const closes = varied.some(({ window }) => window?.emit === 'close');
  const windowed = varied.some(({ op, window }) => op === 'windowedBy' || (op === 'cogroup' && window !== undefined));
  if (!closes && chance(0.5)) config.cacheBytes = windowed ? 1_000_000 : pick([1, 1_000_000]);
  const rules = RULES.filter(() => chance(0.4));
  config.optimization = rules.length === 0 ? pick(['none', 'none', 'all']) : rules.join(',');
  const stores = varied.flatMap((op) => (op.store === undefined || op.op === 'suppress' ? [] : [op.store]));
  if (stores.length > 0) config.stores = [...new Set(stores)];

  // A versioned store of Kafka Streams forgets a deletion at the very time of the row, see docs/differences.md.
  const versioned = varied.some(({ versionedMs }) => versionedMs !== undefined);
  const inputs = scenario.inputs.map((input, i) => {
    if (!('topic' in input)) return input;
    const second = more.get(input.topic);
    const topic = second !== undefined && chance(0.4) ? second : input.topic;
    const ts = versioned ? 2 * input.ts + (input.value === null ? 1 : 0) : input.ts;
    return { ...input, topic, ts, ...(config.headers && chance(0.6) ? { headers: [`h=${i}`] } : {}) };
  });
  return { name: `${scenario.name}-varied`, config, ops: varied, inputs };
}

let seed = seed0;
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== '') console.log(JSON.stringify(vary(JSON.parse(line), seed++)));
}

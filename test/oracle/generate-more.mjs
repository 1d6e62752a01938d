#!/usr/bin/env node
// Random scenarios of what generate.mjs has not: versioned tables, temporal joins, optimisation, timestamps far in the
// past. node test/oracle/generate-more.mjs --seed 1 --count 100 [--inputs 40]
const arg = (name, fallback) => {
  const i = process.argv.indexOf(`--${name}`);
  return i < 0 ? fallback : Number(process.argv[i + 1]);
};
const [seed0, count, inputs] = [arg('seed', 1), arg('count', 10), arg('inputs', 40)];

/** mulberry32 */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function scenario(seed) {
  const next = random(seed * 104729 + 7);
  const int = (n) => Math.floor(next() * n);
  const pick = (list) => list[int(list.length)];
  const chance = (p) => next() < p;
  const ops = [];
  let n = 0;
  const id = (p) => `${p}${++n}`;
  const add = (op) => (ops.push(op), op.id);
  const predicate = () =>
    pick([
      { fn: 'valueContains', arg: 'x' },
      { fn: 'valueLongerThan', arg: '1' },
      { fn: 'keyEquals', arg: 'a' },
      { fn: 'always' },
    ]);
  const valueFn = () =>
    pick([{ fn: 'append', arg: '!' }, { fn: 'length' }, { fn: 'nullIfContains', arg: 'z' }, { fn: 'identity' }]);
  const keyFn = () =>
    pick([{ fn: 'firstOfValue' }, { fn: 'constant', arg: 'a' }, { fn: 'keyPlus', arg: '1' }, { fn: 'identity' }]);
  const kept = () =>
    chance(0.6)
      ? { store: id('store-'), versionedMs: pick([5, 30, 1000]) }
      : chance(0.5)
        ? { store: id('store-') }
        : {};
  const streams = [add({ id: id('s'), op: 'stream', topic: 'in-stream' })];
  const tables = [];
  const versioned = new Set();
  const table = (op, parent) => {
    tables.push(add(op));
    if ('versionedMs' in op || (parent !== undefined && !('store' in op) && versioned.has(parent)))
      versioned.add(op.id);
  };
  table({ id: id('t'), op: 'table', topic: 'in-table-0', store: id('store-'), versionedMs: pick([5, 30, 1000]) });
  if (chance(0.7)) table({ id: id('t'), op: 'table', topic: 'in-table-1', ...kept() });
  for (let i = 3 + int(6); i > 0; i--) {
    const s = pick(streams);
    const t = pick(tables);
    switch (
      pick([
        'rekey',
        'values',
        'group',
        'group',
        'toTable',
        'merge',
        'filter',
        'filter',
        'map',
        'tableJoin',
        'regroup',
        'join',
        'join',
        'join',
      ])
    ) {
      case 'rekey':
        streams.push(add({ id: id('n'), op: 'selectKey', in: s, fn: keyFn() }));
        break;
      case 'values':
        streams.push(add({ id: id('n'), op: 'mapValues', in: s, fn: valueFn() }));
        break;
      case 'merge':
        streams.push(add({ id: id('n'), op: 'merge', in: s, other: pick(streams) }));
        break;
      case 'group': {
        const g = add({ id: id('g'), op: 'groupByKey', in: s });
        table({ id: id('n'), op: pick(['reduce', 'aggregate']), in: g, ...kept() });
        break;
      }
      case 'toTable':
        table({ id: id('n'), op: 'toTable', in: s, ...kept() });
        break;
      case 'filter':
        table(
          { id: id('n'), op: pick(['filter', 'filterNot']), in: t, fn: predicate(), ...(chance(0.3) ? kept() : {}) },
          t,
        );
        break;
      case 'map':
        table({ id: id('n'), op: 'mapValues', in: t, fn: valueFn(), ...(chance(0.4) ? kept() : {}) }, t);
        break;
      case 'tableJoin':
        tables.push(
          add({
            id: id('n'),
            op: pick(['join', 'leftJoin', 'outerJoin']),
            in: t,
            other: pick(tables),
            ...(chance(0.4) ? kept() : {}),
          }),
        );
        break;
      case 'regroup': {
        const g = add({ id: id('g'), op: 'groupBy', in: t, key: keyFn(), value: valueFn() });
        table({ id: id('n'), op: pick(['reduce', 'aggregate']), in: g, ...kept() });
        break;
      }
      case 'join': {
        const grace = chance(versioned.has(t) ? 0.6 : 0.05) ? { graceMs: pick([0, 3, 10, 40]) } : {};
        const from = 'graceMs' in grace ? add({ id: id('n'), op: 'filter', in: s, fn: { fn: 'keyNotNull' } }) : s;
        streams.push(add({ id: id('n'), op: pick(['join', 'leftJoin']), in: from, other: t, ...grace }));
        break;
      }
    }
  }
  for (const t of tables) if (chance(0.7)) streams.push(add({ id: id('o'), op: 'toStream', in: t }));
  let sink = 0;
  for (const s of streams.slice(1)) if (sink < 6) ops.push({ op: 'to', in: s, topic: `out-${sink++}` });
  if (sink === 0) ops.push({ op: 'to', in: streams[0], topic: 'out-0' });
  const topics = ['in-stream', 'in-stream', ...ops.flatMap(({ op, topic }) => (op === 'table' ? [topic] : []))];
  const events = [];
  let now = 100;
  for (let i = 0; i < inputs; i++) {
    now += pick([0, 0, 1, 1, 2, 3, 5, 12]);
    const late = chance(0.4) ? pick([1, 2, 3, 7, 15, 40, 100]) : 0;
    const key = chance(0.04) ? null : pick(['a', 'b', 'c', 'x']);
    const value = chance(0.15) ? null : pick(['x', 'y', 'z', 'xy', 'abc', 'b']);
    events.push({ topic: pick(topics), key, value, ts: Math.max(0, now - late) });
  }
  const optimization = pick(['none', 'none', 'all', 'reuse.ktable.source.topics', 'merge.repartition.topics']);
  return { name: `more-${seed}`, config: { cacheBytes: 0, optimization }, ops, inputs: events };
}

/** Processors with punctuators of both kinds, headers, and what is in the stores at the end. */
function processing(seed) {
  const next = random(seed * 15485863 + 3);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const ops = [{ id: 's', op: 'stream', topic: 'in' }];
  let last = 's';
  const add = (op) => {
    ops.push({ ...op, in: last });
    last = op.id;
  };
  const stores = [];
  for (let i = 1 + Math.floor(next() * 3); i > 0; i--) {
    if (next() < 0.4) add({ id: `v${i}`, op: 'mapValues', fn: { fn: 'append', arg: '!' } });
    if (next() < 0.3) add({ id: `k${i}`, op: 'selectKey', fn: { fn: 'keyPlus', arg: '1' } });
    stores.push(`counts-${i}`);
    const clock = pick(['STREAM_TIME', 'WALL_CLOCK_TIME', null]);
    add({ id: `p${i}`, op: 'process', store: `counts-${i}`, ...(clock ? { clock, everyMs: pick([5, 10, 30]) } : {}) });
    if (next() < 0.5) ops.push({ op: 'to', in: last, topic: `out-${i}` });
  }
  ops.push({ op: 'to', in: last, topic: 'out-0' });
  const events = [];
  let now = 0;
  for (let i = 0; i < inputs; i++) {
    if (next() < 0.25) {
      events.push({ advanceWallClockMs: pick([1, 4, 10, 100]) });
      continue;
    }
    now += pick([0, 1, 2, 5, 40]);
    const headers = next() < 0.5 ? { headers: [`h=${i}`] } : {};
    events.push({
      topic: 'in',
      key: pick(['a', 'b', 'c', null]),
      value: pick(['x', 'y', null]),
      ts: Math.max(0, now - pick([0, 0, 3])),
      ...headers,
    });
  }
  const config = { cacheBytes: 0, optimization: 'none', headers: true, stores };
  return { name: `more-${seed}`, config, ops, inputs: events };
}

for (let i = 0; i < count; i++) {
  const seed = seed0 + i;
  console.log(JSON.stringify(seed % 5 === 0 ? processing(seed) : scenario(seed)));
}

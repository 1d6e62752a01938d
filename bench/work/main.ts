import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { allocatedBytes, workCases } from './allocated-bytes.ts';

const BASELINE = resolve('bench/work/baseline.json');
/** What differs between two runs of the same code is below 6 %. */
const TOLERANCE = 0.15;
const HELP = `npm run bench:work [-- --update] [--cases a,b]

Bytes allocated for each record, case by case, compared with bench/work/baseline.json: work that is counted and not timed,
so that it says the same on every machine. Fails when a case needs ${TOLERANCE * 100} % more than it did. After a change that is
meant to cost more, or that costs less: --update writes the baseline; commit it with the change.
`;

const { values } = parseArgs({
  options: {
    update: { type: 'boolean', default: false },
    cases: { type: 'string', default: Object.keys(workCases).join(',') },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const baseline = existsSync(BASELINE) ? (JSON.parse(readFileSync(BASELINE, 'utf8')) as Record<string, number>) : {};
const now: Record<string, number> = { ...baseline };
const worse: string[] = [];
for (const name of values.cases.split(',')) {
  const bytes = await allocatedBytes(name);
  const before = baseline[name];
  const change = before === undefined ? 'new' : `${(((bytes - before) / before) * 100).toFixed(1)} %`;
  console.log(`${name.padEnd(14)} ${String(bytes).padStart(6)} bytes/record  ${change}`);
  now[name] = bytes;
  if (before === undefined || bytes > before * (1 + TOLERANCE)) worse.push(name);
}
if (values.update) writeFileSync(BASELINE, `${JSON.stringify(now, null, 2)}\n`);
if (worse.length > 0 && !values.update) {
  console.error(`more work than before: ${worse.join(', ')}. If that is meant: npm run bench:work -- --update`);
  process.exit(1);
}
process.exit(0);

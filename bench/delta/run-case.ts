import { DeltaTable } from '../../src/sinks/delta/table.ts';
import { rowAt, schema } from './rows.ts';

// One case in a process of its own: `node run-case.js CASE FOLDER`. Prints seconds and the peak of its memory.
const [, , name = '', folder = ''] = process.argv;

function rows(from: number, to: number, source: string, step = 1): Record<string, unknown>[] {
  const made: Record<string, unknown>[] = [];
  for (let k = from; k < to; k += step) made.push(decoded(rowAt(k, source)));
  return made;
}

/** As a decoder leaves a row: texts of their own, not concatenations that are put together at their first use. */
function decoded(row: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(row)) as Record<string, unknown>;
}

async function run(): Promise<{ seconds: number; cpuSeconds: number }> {
  // The other side has its native library loaded too when its clock starts.
  await import('@duckdb/node-api');
  const open = (): Promise<DeltaTable> => DeltaTable.createOrOpen(folder, { schema }, { checkpointInterval: 0 });
  let start = 0;
  let used = process.cpuUsage();
  if (name === 'small') {
    const table = await open();
    const batches = Array.from({ length: 100 }, (_, i) => rows(i * 1000, (i + 1) * 1000, 'small'));
    [start, used] = [performance.now(), process.cpuUsage()];
    for (const [version, batch] of batches.entries()) {
      await table.refresh();
      await table.append(batch, { txn: { appId: 'bench', version } });
    }
  } else if (name === 'append') {
    const table = await open();
    const batch = rows(0, 500_000, 'append');
    [start, used] = [performance.now(), process.cpuUsage()];
    await table.append(batch);
  } else {
    const table = await open();
    const batch = [...rows(0, 495_000, 'merged', 55), ...rows(500_000, 501_000, 'merged')];
    [start, used] = [performance.now(), process.cpuUsage()];
    await table.merge(batch, ['event_id']);
  }
  const { user, system } = process.cpuUsage(used);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

const times = await run();
console.log(JSON.stringify({ ...times, peakMb: process.resourceUsage().maxRSS / 1024 }));

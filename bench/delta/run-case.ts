import { DeltaTable } from '../../src/sinks/delta/table.ts';
import { rowAt, schema } from './rows.ts';

// One case in a process of its own: `node run-case.js CASE FOLDER`. Prints seconds and the peak of its memory.
const [, , name = '', folder = ''] = process.argv;

function rows(from: number, to: number, source: string, step = 1): Record<string, unknown>[] {
  const made: Record<string, unknown>[] = [];
  for (let k = from; k < to; k += step) made.push(rowAt(k, source));
  return made;
}

async function run(): Promise<number> {
  const open = (): Promise<DeltaTable> => DeltaTable.createOrOpen(folder, { schema }, { checkpointInterval: 0 });
  let start = 0;
  if (name === 'small') {
    const table = await open();
    const batches = Array.from({ length: 100 }, (_, i) => rows(i * 1000, (i + 1) * 1000, 'small'));
    start = performance.now();
    for (const [version, batch] of batches.entries()) {
      await table.refresh();
      await table.append(batch, { txn: { appId: 'bench', version } });
    }
  } else if (name === 'append') {
    const table = await open();
    const batch = rows(0, 500_000, 'append');
    start = performance.now();
    await table.append(batch);
  } else {
    const table = await open();
    const batch = [...rows(0, 495_000, 'merged', 55), ...rows(500_000, 501_000, 'merged')];
    start = performance.now();
    await table.merge(batch, ['event_id']);
  }
  return (performance.now() - start) / 1000;
}

const seconds = await run();
console.log(JSON.stringify({ seconds, peakMb: process.resourceUsage().maxRSS / 1024 }));

import { once } from 'node:events';
import { type ReadOnlyKeyValueStore, StreamsApp } from '../../src/index.ts';
import { measureProcess } from './measure-process.ts';
import { fromArguments } from './run.ts';
import { buildTopology, knownSchemas } from './topologies.ts';

const SAMPLES = 1_000;

/** One case on this library, in a process of its own. */
const options = fromArguments(process.argv.slice(2));
const measured = measureProcess(options.until);
const app = new StreamsApp(buildTopology(options.topology, { ...options, seen: () => measured.seen() }), {
  applicationId: options.app,
  kafka: { brokers: options.brokers.split(',') },
  registry: knownSchemas,
  stateDir: options.stateDir,
  processingGuarantee: options.guarantee,
  commitIntervalMs: options.commitIntervalMs,
  cacheMaxBytes: options.cacheMaxBytes,
});
app.onStateChange((now) => {
  if (now !== 'ERROR') return;
  console.error(app.error);
  process.exit(1);
});
measured.starting();
await app.start();
measured.running();
const sample = options.topology === 'table' ? sampleOf(app.store('table'), options.keys) : '';
if (options.until > 0) await measured.done;
else await once(process.stdin.resume(), 'end');
await app.close();
measured.report(sample);
process.exit(0);

/** Java's `Arrays.hashCode` of some rows, added up. */
function sampleOf(table: ReadOnlyKeyValueStore<string, Buffer>, keys: number): string {
  let sum = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const row = table.get(`key-${Math.floor((i * keys) / SAMPLES)}`);
    if (row === null) continue;
    let hash = 1;
    for (let at = 0; at < row.length; at++) hash = (Math.imul(31, hash) + row.readInt8(at)) | 0;
    sum += hash >>> 0;
  }
  return String(sum);
}

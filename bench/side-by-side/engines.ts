import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type RunOptions, type RunReport, toArguments } from './run.ts';

const SOURCES = resolve('bench/kafka-streams');
/** The JVM may grow as far as it likes for these cases; unbounded it would take a quarter of the machine. */
const JAVA_FLAGS = ['-Xmx2g'];

export interface Engine {
  readonly name: string;
  readonly command: string;
  readonly flags: readonly string[];
}

export interface MeasuredRun extends RunReport {
  /** The process was started: ms since the epoch. */
  readonly spawnedAt: number;
}

/** A program on Node: `script` as seen from the module `from`. */
export function nodeEngine(name: string, script: string, from: string): Engine {
  const path = new URL(script, from).pathname;
  return { name, command: process.execPath, flags: [...process.execArgv, path] };
}

/** Kafka Streams on the JVM; built with Maven once for each version of its sources. */
export function kafkaStreamsEngine(): Engine {
  const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hash = createHash('sha256');
  for (const { parentPath, name } of files) hash.update(readFileSync(join(parentPath, name)));
  const build = resolve('node_modules/.cache/bench-kafka-streams', hash.digest('hex').slice(0, 12));
  const stamp = join(build, 'built');
  if (!existsSync(stamp)) {
    mkdirSync(build, { recursive: true });
    cpSync(SOURCES, build, { recursive: true });
    const goals = ['-q', '-B', 'compile', 'dependency:copy-dependencies', '-DoutputDirectory=lib'];
    const maven = spawnSync('mvn', goals, { cwd: build, encoding: 'utf8' });
    if (maven.status !== 0) {
      throw new Error(
        `Maven (with a JDK of 17 or later) could not build ${SOURCES}: ${maven.error?.message ?? ''}${maven.stdout}${maven.stderr}`,
      );
    }
    writeFileSync(stamp, '');
  }
  const classPath = `${join(build, 'target/classes')}:${join(build, 'lib/*')}`;
  return { name: 'Kafka Streams', command: 'java', flags: [...JAVA_FLAGS, '-cp', classPath, 'bench.Run'] };
}

/** Runs a case to its end. With `whileRunning` the process closes when that resolves. */
export async function runOn(
  engine: Engine,
  options: RunOptions,
  whileRunning?: () => Promise<void>,
): Promise<MeasuredRun> {
  const spawnedAt = Date.now();
  const child = spawn(engine.command, [...engine.flags, ...toArguments(options)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  let report: RunReport | null = null;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === 'running') {
        await whileRunning?.();
        if (whileRunning) child.stdin.end();
      } else if (line.startsWith('{')) {
        report = JSON.parse(line) as RunReport;
      }
    }
  } finally {
    child.kill();
  }
  const code = await ended;
  if (report === null) throw new Error(`${engine.name} ended with ${code} on ${options.topology}: ${errors}`);
  return { ...report, spawnedAt };
}

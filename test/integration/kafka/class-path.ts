import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

// From the root of the repository: this file also runs compiled, in the benches.
const POM = resolve('test/integration/kafka/pom.xml');
const CACHE = resolve('node_modules/.cache/kafka-broker');

/** Why no broker can be started from Maven Central here, or null. */
export function missingTools(): string | null {
  const missing = [
    ['java', '-version', 'a JDK (17 or later)'],
    ['mvn', '-v', 'Maven'],
  ].filter(([command = '', flag = '']) => spawnSync(command, [flag], { stdio: 'ignore' }).status !== 0);
  return missing.length === 0 ? null : `no ${missing.map(([, , name]) => name).join(' and no ')} on the path`;
}

/** The broker's class path, resolved by Maven once for each version of the pom. */
export function brokerClassPath(): string {
  const version = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const file = join(CACHE, `${version}.classpath`);
  if (existsSync(file)) {
    const known = readFileSync(file, 'utf8').trim();
    if (known.split(delimiter).every((jar) => existsSync(jar))) return known;
  }
  mkdirSync(CACHE, { recursive: true });
  const draft = `${file}.${process.pid}`;
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath';
  const maven = spawnSync('mvn', ['-q', '-B', '-f', POM, goal, `-Dmdep.outputFile=${draft}`], { encoding: 'utf8' });
  if (maven.status !== 0) throw new Error(`Maven could not resolve the broker: ${maven.stdout}${maven.stderr}`);
  renameSync(draft, file);
  return readFileSync(file, 'utf8').trim();
}

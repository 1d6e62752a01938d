import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaClient } from '../../../src/kafka/connect.ts';
import type { Broker, BrokerOptions } from './broker.ts';
import { brokerClassPath } from './class-path.ts';

const START_LIMIT_MS = 90_000;
/** The shell dies with this process (its input closes) and takes the JVM along, whatever ends the tests. */
const GUARD = 'log=$1; shift; "$@" >> "$log" 2>&1 & echo $!; cat > /dev/null; kill -9 $!';

export interface JavaBrokerOptions extends BrokerOptions {
  /** A listener beside the plain one. */
  readonly listener?: {
    readonly name: string;
    readonly protocol: string;
    readonly port: number;
    /** Where clients are told to find it, when a proxy stands before it. */
    readonly advertisedPort?: number;
  };
  /** Further flags of the storage tool, such as `--add-scram`. */
  readonly formatFlags?: readonly string[];
}

/** Apache Kafka from Maven Central in one JVM: broker and controller (KRaft), data in a temporary folder. */
export async function startJavaBroker(options: JavaBrokerOptions = {}): Promise<Broker> {
  const classPath = brokerClassPath();
  const folder = mkdtempSync(join(tmpdir(), 'kafka-broker-'));
  const log = join(folder, 'broker.log');
  const config = join(folder, 'server.properties');
  const [port, controllerPort] = [await freePort(), await freePort()];
  const bootstrap = [`127.0.0.1:${port}`];
  const settings = { ...settingsOf(folder, port, controllerPort, options.listener), ...options.properties };
  writeFileSync(
    config,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const java = ['java', '-Xmx512m', '-Xshare:auto', '-XX:+UseSerialGC', '-cp', classPath];
  const clusterId = randomBytes(16).toString('base64url');
  const [command = '', ...flags] = java;
  const format = spawnSync(
    command,
    [
      ...flags,
      'kafka.tools.StorageTool',
      'format',
      `--cluster-id=${clusterId}`,
      '-c',
      config,
      ...(options.formatFlags ?? []),
    ],
    {
      encoding: 'utf8',
    },
  );
  if (format.status !== 0)
    throw new Error(`the broker's storage could not be formatted: ${format.stdout}${format.stderr}`);

  let guard: ChildProcess | null = null;
  let pid = 0;

  async function start(): Promise<void> {
    appendFileSync(log, '');
    guard = spawn('sh', ['-c', GUARD, 'sh', log, ...java, 'kafka.Kafka', config], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const stdout = guard.stdout;
    if (stdout === null) throw new Error('the guard has no output');
    const [line] = (await once(stdout, 'data')) as [Buffer];
    pid = Number(line.toString().trim());
    await answering(bootstrap, () => alive(pid), log);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (guard === null) return;
    if (alive(pid)) process.kill(pid, signal);
    const deadline = Date.now() + 20_000;
    while (alive(pid) && Date.now() < deadline) await pause(50);
    const exited = once(guard, 'exit');
    guard.stdin?.end();
    await exited;
    guard = null;
  }

  await start();
  return {
    bootstrap,
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
    stop: async () => {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settingsOf(
  folder: string,
  port: number,
  controllerPort: number,
  listener: JavaBrokerOptions['listener'],
): Record<string, string | number> {
  const beside = listener === undefined ? '' : `,${listener.name}://127.0.0.1:${listener.port}`;
  const told =
    listener === undefined ? '' : `,${listener.name}://127.0.0.1:${listener.advertisedPort ?? listener.port}`;
  const protocol = listener === undefined ? '' : `,${listener.name}:${listener.protocol}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${beside}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}${told}`,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocol}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'num.partitions': 1,
    'offsets.topic.num.partitions': 2,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 2,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 2,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // How long a killed broker's registration blocks its return.
    'broker.heartbeat.interval.ms': 500,
    'broker.session.timeout.ms': 2000,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'auto.create.topics.enable': 'false',
    // In an orderly shutdown a broker gives up its partitions first. Where nobody can take them (one broker), they have no
    // leader for a second, and the transaction coordinator takes them for deleted: it completes a transaction that is being
    // committed without writing its markers, and the group's positions stay pending. No cluster with replicas does that.
    'controlled.shutdown.enable': 'false',
    'log.retention.ms': -1,
    'log.cleaner.dedupe.buffer.size': 2_000_000,
  };
}

async function answering(bootstrap: readonly string[], isAlive: () => boolean, log: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    const client = kafkaClient({ brokers: bootstrap, connectionTimeoutMs: 1000 });
    try {
      await client.connect();
      return;
    } catch (error) {
      if (!isAlive() || Date.now() > deadline) {
        const tail = readFileSync(log, 'utf8').split('\n').slice(-30).join('\n');
        throw new Error(`the broker did not start:\n${tail}`, { cause: error });
      }
      await pause(100);
    } finally {
      await client.close();
    }
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

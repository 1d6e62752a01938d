import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of each stage; lines that go on are one. */
async function stagesOf(file: string): Promise<Instruction[][]> {
  const text = (await readFile(file, 'utf8')).replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, ' ');
  const stages: Instruction[][] = [[]];
  for (const line of text.split('\n').filter((found) => found.trim() !== '')) {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, text: rest });
  }
  return stages.slice(1);
}

/** What `deploy/Containerfile` says is done here step by step, in folders instead of an image: there may be no Docker. */
describe('the container', async () => {
  const [build = [], image = []] = await stagesOf(join(root, 'deploy/Containerfile'));
  const environment = new Map(
    image
      .filter(({ name }) => name === 'ENV')
      .flatMap(({ text }) =>
        text.split(/\s+/).map((pair): [string, string] => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']),
      ),
  );
  let folder: string;
  let running: ChildProcess | null = null;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'topology-container-'));
    await mkdir(join(folder, 'build'));
    await mkdir(join(folder, 'data'));
    const args: Record<string, string> = {};
    for (const { name, text } of build) {
      if (name === 'ARG') args[text.split('=')[0] ?? ''] = text.slice(text.indexOf('=') + 1).replaceAll('"', '');
      else if (name === 'COPY') await copy(root, join(folder, 'build'), text);
      else if (name === 'RUN') runStep(text, args);
    }
    for (const { text } of image.filter(({ name }) => name === 'COPY')) {
      const [from = '', to = ''] = text.replace('--from=build ', '').split(' ');
      await cp(
        join(folder, from),
        to.endsWith('/') ? join(folder, to, from.split('/').at(-1) ?? '') : join(folder, to),
        {
          recursive: true,
          verbatimSymlinks: true,
        },
      );
    }
  }, 180_000);
  afterAll(async () => {
    running?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  async function copy(from: string, to: string, text: string): Promise<void> {
    const names = text.split(' ');
    const target = names.pop() ?? '';
    for (const name of names) {
      await cp(
        join(from, name),
        target.endsWith('/') ? join(to, target, name.split('/').at(-1) ?? '') : join(to, target),
        {
          recursive: true,
        },
      );
    }
  }

  function runStep(text: string, args: Record<string, string>): void {
    const { status, stderr } = spawnSync('sh', ['-c', text], {
      cwd: join(folder, 'build'),
      env: { ...process.env, ...args },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${text}: ${stderr}`);
  }

  const main = () => join(folder, 'app/dist/cli/main.js');
  const settings = (port: number) => ({
    ...process.env,
    ...Object.fromEntries(environment),
    TOPOLOGY_DATA_DIR: join(folder, 'data'),
    TOPOLOGY_HEALTH_PORT: String(port),
  });

  it('is let see what it copies, and nothing else', async () => {
    const ignore = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n');
    const copied = build.filter(({ name }) => name === 'COPY').flatMap(({ text }) => text.split(' ').slice(0, -1));
    expect(ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1))).toEqual(copied);
    expect(ignore).toContain('*');
  });

  it('runs nobody’s install scripts, and not as root', () => {
    const installs = build.filter(({ text }) => /npm (ci|install|prune)/.test(text));
    expect(installs).toHaveLength(2);
    expect(installs.every(({ text }) => text.includes('--ignore-scripts'))).toBe(true);
    expect(image.find(({ name }) => name === 'USER')?.text).toBe('node');
    expect(image.find(({ name }) => name === 'ENTRYPOINT')?.text).toBe('["topology"]');
  });

  it('has the packages that applications may ask for, and none of the tests’', () => {
    const list = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `for (const name of ['@azure/identity', '@azure/storage-file-datalake', '@confluentinc/schemaregistry', '@duckdb/node-api', 'level', 'lz4-napi', 'vitest', 'typescript'])
           console.log(name, await import(name).then(() => 'there', (error) => error.code));`,
      ],
      { cwd: join(folder, 'app'), encoding: 'utf8' },
    );
    const found = Object.fromEntries(
      list.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    );
    expect(found).toEqual({
      '@azure/identity': 'there',
      '@azure/storage-file-datalake': 'there',
      '@confluentinc/schemaregistry': 'there',
      '@duckdb/node-api': 'there',
      level: 'there',
      'lz4-napi': 'there',
      vitest: 'ERR_MODULE_NOT_FOUND',
      typescript: 'ERR_MODULE_NOT_FOUND',
    });
  });

  it('is healthy while it runs, and ends well when it is stopped', async () => {
    const check = image.find(({ name }) => name === 'HEALTHCHECK')?.text ?? '';
    const [command = '', ...args] = JSON.parse(check.slice(check.indexOf('['))) as string[];
    const port = await freePort();
    const healthy = () => spawnSync(command, args, { env: settings(port) }).status === 0;
    expect(healthy()).toBe(false);

    const child = spawn(process.execPath, [main(), 'start', '--app', 'claimx', '--embedded', '--events', '20'], {
      cwd: join(folder, 'data'),
      env: settings(port),
      stdio: 'ignore',
    });
    running = child;
    while (!healthy()) {
      expect(child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const ended = once(child, 'exit');
    child.kill(image.find(({ name }) => name === 'STOPSIGNAL')?.text as NodeJS.Signals);
    expect(await ended).toEqual([0, null]);
  }, 90_000);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { claimx } from '../../src/apps/claimx/topology.ts';
import { removeEarlierRun } from './app-run.ts';
import { buildCommand, command, type Command } from './command.ts';
import { kafkaClient } from '../../src/kafka/connect.ts';

const bootstrap = inject('kafkaBootstrap');

/** The commands of the section, in order, as the document has them. */
async function stepsOf(document: string, heading: string): Promise<string[]> {
  const text = await readFile(document, 'utf8');
  const [, section = ''] = text.split(`### ${heading}`);
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));
}

describe.skipIf(bootstrap.length === 0)('the steps of docs/operations.md', () => {
  let folder: string;
  let services: Command | null = null;
  beforeAll(async () => {
    buildCommand();
    folder = await mkdtemp(join(tmpdir(), 'dead-letter-steps-'));
    const client = kafkaClient({ brokers: bootstrap });
    await client.connect();
    await removeEarlierRun(client.admin, claimx);
    await client.close();
  }, 120_000);
  afterAll(async () => {
    await services?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A step in a shell, as it is printed, with the address of this run's broker. */
  const run = (step: string, media: string): Promise<string> =>
    new Promise((done, failed) => {
      const main = `"${process.execPath}" "${resolve('dist/cli/main.js')}"`;
      const line = step.replace(/^topology /, `${main} `).replaceAll('localhost:9092', bootstrap.join(','));
      const child = spawn('sh', ['-c', line], { cwd: folder, env: { ...process.env, MEDIA: media } });
      let [out, err] = ['', ''];
      child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
      child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
      child.on('close', (code) => (code === 0 ? done(out) : failed(new Error(`${step}:\n${out}${err}`.slice(-4000)))));
    });

  it('lead from a dead letter to its row in the table, as they are printed', async () => {
    const [sample = '', ...steps] = await stepsOf('docs/operations.md', 'From a dead letter to its row, step by step');
    const flags = sample.replaceAll('localhost:9092', bootstrap.join(',')).split(' ').slice(1);
    services = command(flags.map((flag) => (flag === 'trial' ? join(folder, 'trial') : flag)));
    await services.printed(/run until Ctrl-C/);

    const outputs: string[] = [];
    let media = '';
    for (const step of steps) {
      const output = await run(step, media);
      outputs.push(output);
      media ||= /about {5}media (m-[0-9a-f]+)/.exec(output)?.[1] ?? '';
    }
    expect(outputs).toHaveLength(10);
    const [, list = '', inspect = '', before = '', , plan, replayed, , after = '', last = ''] = outputs;
    expect(list).toMatch(/claimx\.downloads\.dlq +\d+ {2}0 replayed/);
    expect(inspect).toMatch(/is larger than \d+ bytes/);
    expect(JSON.parse(before)).toMatchObject({ media_id: media, status: 'failed' });
    expect(plan).toBe('1 to send to claimx.downloads.pending\n');
    expect(replayed).toBe(`${plan}1 sent to claimx.downloads.pending\n`);
    expect(JSON.parse(after)).toMatchObject({ media_id: media, status: 'completed', error: null });
    expect((JSON.parse(after) as { bytes: number }).bytes).toBeGreaterThan(60 << 20);
    expect(last).toMatch(/claimx\.downloads\.dlq +1 {2}1 replayed/);
  }, 300_000);
});

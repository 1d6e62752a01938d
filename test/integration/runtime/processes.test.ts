import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { buildCommand } from '../../faults/command.ts';
import { hasAll, numbers, TestCluster, until } from './cluster.ts';
import { MemberProcess, type MemberSettings } from './member-process.ts';

const brokers = inject('kafkaBootstrap');
const WORDS = 20;

describe.skipIf(brokers.length === 0)('members in processes of their own', () => {
  const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
  const members: MemberProcess[] = [];

  beforeAll(async () => {
    buildCommand();
    await cluster.open();
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.end('SIGKILL')));
  });
  afterAll(() => cluster.close());

  const start = (
    applicationId: string,
    topology: MemberSettings['topology'],
    over: Partial<MemberSettings> = {},
  ): MemberProcess => {
    const stateDir = join(cluster.dir, applicationId);
    const member = new MemberProcess({ applicationId, brokers, topology, stateDir, ...over });
    members.push(member);
    return member;
  };

  /** `count` records over the words; the expectation after `rounds` of them. */
  const words = (count: number): string[] => Array.from({ length: count }, (_, i) => `w${i % WORDS}`);
  const each = (count: number): Map<string, number> =>
    new Map(Array.from({ length: WORDS }, (_, i) => [`w${i}`, count]));
  let keys = 0;
  const anyKey = (): string => `k${keys++}`;

  it('counts exactly over an end in good order, and restores what is gone from the changelog', async () => {
    const [input, output, app] = [await cluster.topic('in', 3), await cluster.topic('out', 3), cluster.name('good')];
    const topology = { name: 'count', input, output };
    const first = start(app, topology);
    await first.reached('RUNNING');
    await cluster.send(input, words(1_000), anyKey);
    // In the middle of the work: what is read is finished, the rest is for the next one.
    await cluster.read(output, (read) => read.length > 0);
    expect(await first.end('SIGTERM')).toBe(0);

    const second = start(app, topology);
    await second.reached('RUNNING');
    expect(await cluster.counts(output, each(50))).toEqual(each(50));
    await cluster.committed(app, input);
    await cluster.committed(app, `${app}-by-word-repartition`);
    expect(await second.end('SIGTERM')).toBe(0);
    const restored = (member: MemberProcess): number =>
      member.lines.flatMap((line) => line.tasks ?? []).reduce((most, task) => Math.max(most, task.restored), 0);
    expect(restored(second)).toBe(0);

    await rm(join(cluster.dir, app), { recursive: true });
    const third = start(app, topology);
    await third.reached('RUNNING');
    expect(restored(third)).toBeGreaterThan(0);
    await cluster.send(input, words(200), anyKey);
    expect(await cluster.counts(output, each(60))).toEqual(each(60));
  });

  it('reads the changelog’s tail after a SIGKILL, and counts nothing too low', async () => {
    const [input, output, app] = [await cluster.topic('in', 3), await cluster.topic('out', 3), cluster.name('killed')];
    const topology = { name: 'count', input, output };
    let sent = 0;
    for (let kill = 0; kill < 3; kill++) {
      // A static member takes its place back at once; nobody waits for the session of the killed one.
      const member = start(app, topology, { groupInstanceId: 'one' });
      await member.reached('RUNNING');
      const before =
        (await cluster.client.admin.listOffsets([{ topic: output, partition: 0 }], 'latest'))[0]?.offset ?? 0;
      await cluster.send(input, words(1_000), anyKey);
      sent += 50;
      await until('output', async () => {
        const [end] = await cluster.client.admin.listOffsets([{ topic: output, partition: 0 }], 'latest');
        return (end?.offset ?? 0) > before;
      });
      await member.end('SIGKILL');
    }
    const last = start(app, topology, { groupInstanceId: 'one' });
    await last.reached('RUNNING');
    const counts = await cluster.counts(output, each(sent));
    for (const [word, count] of counts) expect.soft([word, count >= sent]).toEqual([word, true]);
    // Twice is only what was not committed.
    await cluster.committed(app, input);
    await cluster.committed(app, `${app}-by-word-repartition`);
    const settled = await cluster.counts(output, counts);
    await cluster.send(input, words(200), anyKey);
    const more = new Map([...settled].map(([word, count]) => [word, count + 10]));
    expect(await cluster.counts(output, more)).toEqual(more);
    expect(await last.end('SIGTERM')).toBe(0);
  });

  it('repeats nothing after a SIGTERM', async () => {
    const [input, output, app] = [await cluster.topic('in', 2), await cluster.topic('out', 2), cluster.name('term')];
    const topology = { name: 'copy', input, output };
    const values = numbers(0, 2_000);
    const first = start(app, topology);
    await first.reached('RUNNING');
    await cluster.send(input, values);
    await cluster.read(output, (read) => read.length > 0);
    expect(await first.end('SIGTERM')).toBe(0);
    const second = start(app, topology);
    await second.reached('RUNNING');
    await cluster.committed(app, input);
    expect(await second.end('SIGTERM')).toBe(0);
    const read = await cluster.read(output, hasAll(values));
    expect(read.length).toBe(values.length);
  });

  it('is out of its group while it is stopped for longer than its session, comes back by itself, and loses nothing', async () => {
    const [input, output, app] = [await cluster.topic('in', 4), await cluster.topic('out', 4), cluster.name('frozen')];
    const topology = { name: 'count', input, output };
    const frozen = start(app, topology, { stateDir: join(cluster.dir, `${app}-a`) });
    await frozen.reached('RUNNING');
    const other = start(app, topology, { stateDir: join(cluster.dir, `${app}-b`) });
    await other.reached('RUNNING');
    await frozen.reached('RUNNING', 2);
    await cluster.send(input, words(1_000), anyKey);
    await cluster.read(output, (read) => read.length > 0);
    const times = (member: MemberProcess): number => member.lines.filter(({ state }) => state === 'RUNNING').length;
    const [otherBefore, frozenBefore] = [times(other), times(frozen)];
    frozen.signal('SIGSTOP');
    await cluster.send(input, words(1_000), anyKey);
    await other.reached('RUNNING', otherBefore + 1);
    const low = await cluster.counts(output, each(100));
    for (const [word, count] of low) expect.soft([word, count >= 100]).toEqual([word, true]);
    frozen.signal('SIGCONT');
    await frozen.reached('RUNNING', frozenBefore + 1);
    await cluster.send(input, words(200), anyKey);
    const counts = await cluster.counts(output, each(110));
    for (const [word, count] of counts) expect.soft([word, count >= 110]).toEqual([word, true]);
    expect(frozen.lines.filter((line) => line.unhandled ?? (line.restarts ?? 0) > 0)).toEqual([]);
    expect(await frozen.end('SIGTERM')).toBe(0);
    expect(await other.end('SIGTERM')).toBe(0);
  });

  it('finishes async calls, batches and retries of killed processes, each retry no sooner than it is due', async () => {
    const [input, app, output] = [await cluster.topic('in', 2), cluster.name('async'), cluster.name('done')];
    const delayMs = 500;
    for (const part of ['called', 'batched', 'unique', 'retried', 'dead']) await cluster.topic(`${output}-${part}`, 2);
    const topology = { name: 'async', input, output, delayMs };
    for (let kill = 0; kill < 3; kill++) {
      const member = start(app, topology, { groupInstanceId: 'one' });
      await member.reached('RUNNING');
      const values = numbers(kill * 100, kill * 100 + 100);
      await cluster.send(input, values);
      await cluster.read(`${output}-called`, (read) => hasAll(values.slice(0, 20))(read));
      await member.end('SIGKILL');
    }
    const last = start(app, topology, { groupInstanceId: 'one' });
    const values = numbers(0, 300);
    for (const part of ['called', 'batched', 'unique']) await cluster.read(`${output}-${part}`, hasAll(values));
    const retried = await cluster.read(`${output}-retried`, (read) => {
      const seen = new Set(read.map(({ value }) => String(value).split(' ')[0]));
      return values.every((value) => seen.has(value));
    });
    expect(retried.every(({ timestamp, value }) => Number(String(value).split(' ')[1]) - timestamp >= delayMs)).toBe(
      true,
    );
    expect(await last.end('SIGTERM')).toBe(0);
  });

  it('writes each row to a Delta table once, over kills and over the coming and going of a second member', async () => {
    const [input, app] = [await cluster.topic('in', 2), cluster.name('delta')];
    const table = join(cluster.dir, 'table');
    const topology = { name: 'delta', input, table };
    const rows = async (): Promise<number[]> => {
      const opened = await DeltaTable.open(table).catch(() => null);
      return opened ? (await opened.readRows()).map(({ value }) => Number(value)).sort((a, b) => a - b) : [];
    };
    let sent = 0;
    const load = async (): Promise<void> => {
      await cluster.send(input, numbers(sent, sent + 500));
      sent += 500;
    };
    const steady = start(app, topology, { groupInstanceId: 'steady' });
    await steady.reached('RUNNING');
    for (let round = 0; round < 2; round++) {
      const times = steady.lines.filter(({ state }) => state === 'RUNNING').length;
      await load();
      const second = start(app, topology, { groupInstanceId: 'second' });
      await second.reached('RUNNING');
      if (round === 0) await steady.reached('RUNNING', times + 1);
      const before = (await rows()).length;
      await load();
      await until('rows', async () => (await rows()).length > before);
      await second.end('SIGKILL');
    }
    const back = start(app, topology, { groupInstanceId: 'second' });
    await back.reached('RUNNING');
    await load();
    await until('all rows', async () => (await rows()).length >= sent);
    expect(await back.end('SIGTERM')).toBe(0);
    expect(await steady.end('SIGTERM')).toBe(0);
    expect(await rows()).toEqual(Array.from({ length: sent }, (_, i) => i));
  });
});

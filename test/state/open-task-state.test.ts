import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/observe/logger.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { lockStateDirectory } from '../../src/state/level/lock-state-directory.ts';
import { openTaskState } from '../../src/state/open-task-state.ts';
import type { KeyValueStore } from '../../src/state/store.ts';
import type { TaskState, TaskStateOptions } from '../../src/state/task-state.ts';
import { storeSpec } from '../../src/testing/contracts/stores.ts';

let dir: string;
const opened: TaskState[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'open-state-'));
});
afterEach(async () => {
  for (const state of opened.splice(0)) await state.close();
  await rm(dir, { recursive: true, force: true });
});

const spec = storeSpec({ kind: 'keyValue', key: serdes.string, value: serdes.int64 });

async function open(overrides: Partial<TaskStateOptions> = {}): Promise<TaskState> {
  const state = await openTaskState({
    taskId: '0_0',
    dir,
    specs: [spec, { ...spec, name: 'other' }],
    cacheMaxBytes: 10_000,
    changelog: null,
    identity: { clusterId: 'c1', changelogIds: { store: 'topic-1', other: null } },
    ...overrides,
  });
  opened.push(state);
  return state;
}

/** Leaves one entry and position 7 in both stores. */
async function fill(): Promise<void> {
  const state = await open();
  for (const name of ['store', 'other']) state.store<KeyValueStore<string, number>>(name).put('a', 1);
  state.flush();
  await state.commit(
    new Map([
      ['store', 7],
      ['other', 7],
    ]),
  );
  await state.close();
}

const valueIn = (state: TaskState, name: string): number | null =>
  state.store<KeyValueStore<string, number>>(name).get('a');

it('finds data and positions again', async () => {
  await fill();
  const state = await open();
  expect([valueIn(state, 'store'), valueIn(state, 'other')]).toEqual([1, 1]);
  expect(Object.fromEntries(state.positions)).toEqual({ store: 7, other: 7 });
});

it('pain 17: wipes state of another cluster, and says so', async () => {
  await fill();
  const reasons: unknown[] = [];
  const logger = { ...silentLogger, warn: (fields: { reason: string }) => reasons.push(fields.reason) };
  const state = await open({
    identity: { clusterId: 'c2', changelogIds: {} },
    logger: logger as unknown as typeof silentLogger,
  });
  expect([valueIn(state, 'store'), valueIn(state, 'other')]).toEqual([null, null]);
  expect(state.positions.size).toBe(0);
  expect(reasons).toEqual(['it belongs to cluster c1, this is c2']);
});

it('pain 17: wipes only the store whose changelog topic was made anew', async () => {
  await fill();
  const state = await open({ identity: { clusterId: 'c1', changelogIds: { store: 'topic-2', other: 'known-now' } } });
  expect([valueIn(state, 'store'), valueIn(state, 'other')]).toEqual([null, 1]);
  expect(Object.fromEntries(state.positions)).toEqual({ other: 7 });
});

it('wipes a store that is now of another kind', async () => {
  await fill();
  const state = await open({ specs: [{ ...spec, kind: 'timestampedKeyValue' }] });
  expect(valueIn(state, 'store')).toBeNull();
});

it('keeps what a store has while other stores come and go', async () => {
  await fill();
  await (await open({ specs: [{ ...spec, name: 'new' }, spec] })).close();
  const state = await open();
  expect([valueIn(state, 'store'), valueIn(state, 'other')]).toEqual([1, 1]);
});

it('wipe forgets one store, for good', async () => {
  await fill();
  let state = await open();
  await state.wipe('store');
  expect([valueIn(state, 'store'), valueIn(state, 'other')]).toEqual([null, 1]);
  await state.close();
  state = await open();
  expect([valueIn(state, 'store'), valueIn(state, 'other')]).toEqual([null, 1]);
  expect(Object.fromEntries(state.positions)).toEqual({ other: 7 });
});

it('refuses a folder that is open elsewhere, naming it', async () => {
  await open();
  await expect(open()).rejects.toMatchObject({ code: 'STATE_DIR_LOCKED', message: expect.stringContaining(dir) });
});

it('says of a damaged database that it may be deleted', async () => {
  await fill();
  await writeFile(join(dir, 'db', 'CURRENT'), 'no such manifest');
  await expect(open()).rejects.toMatchObject({
    code: 'STATE_CORRUPT',
    message: expect.stringMatching(/may be deleted.*restored from the changelog/),
  });
});

it('refuses kinds of stores that do not exist yet, and leaves no lock behind', async () => {
  await expect(open({ specs: [{ ...spec, kind: 'session' }] })).rejects.toMatchObject({ code: 'TOPOLOGY_INVALID' });
  await open();
});

it('names the stores there are when asked for another', async () => {
  const state = await open();
  expect(() => state.store('nope')).toThrow(/no store nope; it has store, other/);
});

it('refuses a commit while one runs', async () => {
  const state = await open();
  const first = state.commit(new Map());
  await expect(state.commit(new Map())).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  await first;
});

it('a lock ends with its process, however it ends, and names the process while it holds', async () => {
  const program = join(dir, 'holder.mjs');
  const level = import.meta.resolve('level');
  await writeFile(
    program,
    `import level from ${JSON.stringify(level)}; import fs from 'node:fs';
     fs.mkdirSync(${JSON.stringify(join(dir, '.lock'))}, { recursive: true });
     const db = new level.Level(${JSON.stringify(join(dir, '.lock'))}); await db.open();
     fs.writeFileSync(${JSON.stringify(join(dir, '.lock', 'OWNER'))}, String(process.pid));
     process.send('locked'); setInterval(() => {}, 1000);`,
  );
  const holder = fork(program, { execArgv: [] });
  await once(holder, 'message');
  await expect(lockStateDirectory(dir)).rejects.toMatchObject({
    code: 'STATE_DIR_LOCKED',
    message: expect.stringContaining(`process ${holder.pid}`),
  });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = await lockStateDirectory(dir);
  await lock.release();
});

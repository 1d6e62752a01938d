import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyValueStore } from '../../../src/state/store.ts';
import { serdes } from '../../../src/serdes/serdes.ts';
import { levelError } from '../../../src/state/level/level-errors.ts';
import { openTaskState } from '../../../src/state/open-task-state.ts';
import type { TaskState } from '../../../src/state/task-state.ts';
import { storeSpec } from '../../../src/testing/contracts/stores.ts';

const DEVICE = '/dev/full';
const spec = storeSpec({ kind: 'keyValue', key: serdes.string, value: serdes.string });

describe('levelError', () => {
  it.each([
    'No space left on device',
    'File too large',
    'Disk quota exceeded',
    'There is not enough space on the disk.',
  ])('calls no state corrupt because of: %s', (reason) => {
    const error = Object.assign(new Error(`IO error: /state/db/000007.log: ${reason}`), { code: 'LEVEL_IO_ERROR' });
    expect(levelError(error, '/state')).toMatchObject({
      code: 'STATE_WRITE_FAILED',
      retriable: true,
      message: expect.stringMatching(/\/state.*free space/s),
    });
  });

  it('still calls corrupt what is', () => {
    const error = Object.assign(new Error('Corruption: bad block'), { code: 'LEVEL_CORRUPTION' });
    expect(levelError(error, '/state')).toMatchObject({ code: 'STATE_CORRUPT', retriable: false });
  });
});

describe.skipIf(!existsSync(DEVICE))('a task whose disk is full', () => {
  let dir: string;
  const opened: TaskState[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'full-disk-'));
  });
  afterEach(async () => {
    for (const state of opened.splice(0)) await state.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function open(): Promise<TaskState> {
    const state = await openTaskState({
      taskId: '0_0',
      dir,
      specs: [spec],
      cacheMaxBytes: 10_000,
      // The least: the next file is begun soon.
      memoryMaxBytes: 1,
      changelog: null,
      identity: { clusterId: 'c1', changelogIds: {} },
    });
    opened.push(state);
    return state;
  }

  const put = (state: TaskState, key: string, value: string): void => {
    state.store<KeyValueStore<string, string>>('store').put(key, value);
    state.flush();
  };
  const valueIn = (state: TaskState, key: string): string | null =>
    state.store<KeyValueStore<string, string>>('store').get(key);
  const commit = (state: TaskState, position: number): Promise<void> => state.commit(new Map([['store', position]]));

  /** Every file that the database begins from now on is on a device without space. */
  async function fill(): Promise<void> {
    for (let number = 4; number < 60; number++) {
      for (const kind of ['log', 'ldb']) {
        const file = join(dir, 'db', `${String(number).padStart(6, '0')}.${kind}`);
        if (!existsSync(file)) await symlink(DEVICE, file);
      }
    }
  }

  async function free(): Promise<void> {
    for (const name of await readdir(join(dir, 'db'))) {
      const file = join(dir, 'db', name);
      if ((await readlink(file).catch(() => '')) === DEVICE) await rm(file);
    }
  }

  /** Commits until one is refused; answers its error and how many passed. */
  async function commitToTheEnd(state: TaskState): Promise<{ error: unknown; passed: number }> {
    for (let passed = 0; passed < 50; passed++) {
      put(state, `key-${passed}`, 'x'.repeat(20_000));
      const error = await commit(state, passed + 1).then(
        () => null,
        (failure: unknown) => failure,
      );
      if (error !== null) return { error, passed };
    }
    throw new Error('the disk never got full');
  }

  it('says so under a code of its own, which a new attempt may cure, and has applied nothing of the commit', async () => {
    const state = await open();
    await fill();
    const { error, passed } = await commitToTheEnd(state);
    expect(error).toMatchObject({ code: 'STATE_WRITE_FAILED', retriable: true, coordinates: { task: '0_0' } });
    expect(state.positions.get('store')).toBe(passed);
    expect(valueIn(state, `key-${passed}`)).toHaveLength(20_000);
    await state.close();
    await free();

    const again = await open();
    expect(again.positions.get('store')).toBe(passed);
    expect([valueIn(again, `key-${passed - 1}`)?.length, valueIn(again, `key-${passed}`)]).toEqual([20_000, null]);
    put(again, 'later', 'y');
    await commit(again, passed + 1);
  });

  it('writes nothing more until it is opened anew: what follows half a write could not be read again', async () => {
    const state = await open();
    await fill();
    const { passed } = await commitToTheEnd(state);
    await free();
    await expect(commit(state, passed + 1)).rejects.toMatchObject({ code: 'STATE_WRITE_FAILED' });
    await state.close();
    const again = await open();
    expect([again.positions.get('store'), valueIn(again, `key-${passed}`)]).toEqual([passed, null]);
  });

  it('refuses to be opened with the same code', async () => {
    const state = await open();
    put(state, 'a', 'b');
    await commit(state, 1);
    await state.close();
    await fill();
    await expect(open()).rejects.toMatchObject({ code: 'STATE_WRITE_FAILED' });
    await free();
    const again = await open();
    expect([again.positions.get('store'), valueIn(again, 'a')]).toEqual([1, 'b']);
  });
});

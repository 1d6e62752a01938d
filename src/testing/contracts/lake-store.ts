import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LakeStore } from '../../sinks/lake/lake-store.ts';

export interface LakeHarness {
  /** An empty store. */
  readonly lake: LakeStore;
  close(): Promise<void>;
}

/** What every lake store promises. */
export function lakeStoreContract(title: string, open: () => Promise<LakeHarness>): void {
  describe(`lake store, ${title}`, () => {
    let harness: LakeHarness;
    let lake: LakeStore;
    beforeEach(async () => {
      harness = await open();
      ({ lake } = harness);
    });
    afterEach(() => harness.close());

    const text = async (path: string): Promise<string | undefined> => (await lake.read(path))?.toString('utf8');
    const names = async (folder: string, from?: string): Promise<string[]> =>
      (await lake.list(folder, from)).map(({ path }) => path);

    it('reads what was written, and null where there is nothing', async () => {
      await lake.write('a/b/c.txt', Buffer.from('hello'));
      expect(await text('a/b/c.txt')).toBe('hello');
      expect(await lake.read('a/b/d.txt')).toBeNull();
      expect(await lake.read('x/y.txt')).toBeNull();
    });

    it('walks through a folder and all below it', async () => {
      for (const path of ['t/a', 't/p=1/b', 't/p=1/q=2/c', 'other/d']) await lake.write(path, Buffer.from('x'));
      const found: string[] = [];
      for await (const { path, size } of lake.walk('t')) found.push(`${path} ${size}`);
      expect(found.sort()).toEqual(['t/a 1', 't/p=1/b 1', 't/p=1/q=2/c 1']);
      for await (const { path } of lake.walk('nothing')) expect.fail(path);
    });

    it('overwrites with write', async () => {
      await lake.write('f', Buffer.from('a longer one'));
      await lake.write('f', Buffer.from('short'));
      expect(await text('f')).toBe('short');
    });

    it('takes names literally, percent signs and spaces included', async () => {
      const path = 'p=a%20b%2Fc/é ü+.txt';
      await lake.write(path, Buffer.from('x'));
      expect(await names('p=a%20b%2Fc')).toEqual([path]);
      expect(await text(path)).toBe('x');
    });

    it('reads a range, and refuses one beyond the end', async () => {
      await lake.write('f', Buffer.from('0123456789'));
      expect((await lake.readRange('f', 2, 5)).toString()).toBe('234');
      await expect(lake.readRange('f', 8, 12)).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
      await expect(lake.readRange('none', 0, 1)).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
    });

    it('tells size and time of a file', async () => {
      const before = Date.now();
      await lake.write('f', Buffer.alloc(1234));
      const found = await lake.stat('f');
      expect(found).toMatchObject({ path: 'f', size: 1234 });
      expect(Math.abs((found?.modifiedMs ?? 0) - before)).toBeLessThan(10_000);
      expect(await lake.stat('none')).toBeNull();
    });

    it('lists a folder by name, from a name on, without folders in it', async () => {
      for (const name of ['b', 'a', 'd', 'c', 'sub/e']) await lake.write(`log/${name}`, Buffer.from(name));
      expect(await names('log')).toEqual(['log/a', 'log/b', 'log/c', 'log/d']);
      expect(await names('log', 'bb')).toEqual(['log/c', 'log/d']);
      expect(await names('none')).toEqual([]);
    });

    it('gives a name to exactly one of many that want it', async () => {
      const writers = Array.from({ length: 20 }, (_, i) => lake.putIfAbsent('log/1', Buffer.from(`writer ${i}`)));
      const won = await Promise.all(writers);
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await text('log/1')).toBe(`writer ${won.indexOf(true)}`);
      expect(await names('log')).toEqual(['log/1']);
    });

    it('does not put over a file that write made', async () => {
      await lake.write('f', Buffer.from('first'));
      expect(await lake.putIfAbsent('f', Buffer.from('second'))).toBe(false);
      expect(await text('f')).toBe('first');
    });

    it('streams a file in, and shows nothing of a stream that failed', async () => {
      const chunks = Array.from({ length: 50 }, (_, i) => Buffer.alloc(1000, i));
      expect(await lake.writeStream('big', asStream(chunks))).toBe(50_000);
      expect((await lake.read('big'))?.equals(Buffer.concat(chunks))).toBe(true);
      await expect(lake.writeStream('broken', asStream(chunks, new Error('the source broke')))).rejects.toThrow(
        'the source broke',
      );
      expect(await lake.stat('broken')).toBeNull();
      expect(await names('')).toEqual(['big']);
    });

    it('replaces a file by a stream only where that is allowed', async () => {
      await lake.write('f', Buffer.from('old'));
      await expect(lake.writeStream('f', asStream([Buffer.from('new')]), { overwrite: false })).rejects.toMatchObject({
        code: 'ILLEGAL_STATE',
      });
      expect(await text('f')).toBe('old');
      await lake.writeStream('f', asStream([Buffer.from('new')]));
      expect(await text('f')).toBe('new');
    });

    it('takes a file of the local disk in', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lake-put-'));
      try {
        await writeFile(join(folder, 'photo.jpg'), Buffer.alloc(300_000, 7));
        expect(await lake.putFile(join(folder, 'photo.jpg'), 'attachments/1/photo.jpg')).toBe(300_000);
        expect((await lake.stat('attachments/1/photo.jpg'))?.size).toBe(300_000);
        await expect(lake.putFile(join(folder, 'none.jpg'), 'none.jpg')).rejects.toMatchObject({
          code: 'LAKE_UNAVAILABLE',
        });
        expect(await lake.stat('none.jpg')).toBeNull();
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it('renames over what is there', async () => {
      await lake.write('a', Buffer.from('a'));
      await lake.write('to/b', Buffer.from('b'));
      await lake.rename('a', 'to/b');
      expect(await text('to/b')).toBe('a');
      expect(await lake.read('a')).toBeNull();
    });

    it('deletes, and says whether there was something', async () => {
      await lake.write('f', Buffer.from('x'));
      expect(await lake.delete('f')).toBe(true);
      expect(await lake.delete('f')).toBe(false);
      expect(await lake.read('f')).toBeNull();
    });
  });
}

async function* asStream(chunks: readonly Buffer[], then?: Error): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield chunk;
  if (then) throw then;
}

import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AzureLakeOptions, azureLake } from '../../../src/sinks/lake/azure.ts';
import type { LakeStore } from '../../../src/sinks/lake/lake-store.ts';
import { lakeStoreContract } from '../../../src/testing/contracts/lake-store.ts';
import { FakeDfs } from './fake-dfs.ts';

const credential = { accountName: 'fake', accountKey: Buffer.from('no secret').toString('base64') };
const open = (dfs: FakeDfs, folder: string, options: Partial<AzureLakeOptions> = {}): LakeStore =>
  azureLake(`${dfs.url}/${folder}`, { credential, baseMs: 1, maxMs: 5, ...options });

lakeStoreContract('Azure, a folder of a container', async () => {
  const dfs = await FakeDfs.start();
  return { lake: open(dfs, 'a%20folder/of tables'), close: () => dfs.close() };
});

lakeStoreContract('Azure, with small pages and blocks', async () => {
  const dfs = await FakeDfs.start();
  dfs.pageSize = 2;
  dfs.beginFrom = false;
  dfs.takenStatus = 412;
  return { lake: open(dfs, '', { blockBytes: 700, parallel: 3 }), close: () => dfs.close() };
});

lakeStoreContract('Azure, every third request failing', async () => {
  const dfs = await FakeDfs.start();
  let n = 0;
  // Whether an answer that was lost told of a deletion, nobody knows: such a delete is left alone where there is nothing.
  const spared = (operation: string, path: string): boolean => operation === 'delete' && !dfs.files.has(path);
  dfs.chaos = (operation, path) =>
    ++n % 3 === 0 && !spared(operation, path) ? { status: 503, retryAfter: '0', after: n % 2 === 0 } : null;
  return { lake: open(dfs, 'chaos', { attempts: 20 }), close: () => dfs.close() };
});

describe('Azure, when requests fail', () => {
  let dfs: FakeDfs;
  let lake: LakeStore;
  beforeEach(async () => {
    dfs = await FakeDfs.start();
    lake = open(dfs, 't');
  });
  afterEach(() => dfs.close());

  it('writes once though every answer of a step was lost', async () => {
    const lost = { status: 500, after: true };
    dfs.plan('create', lost, { cut: 'connection', after: true });
    dfs.plan('append', lost, { status: 408, after: true });
    dfs.plan('rename', lost);
    await lake.write('f', Buffer.from('whole'));
    expect([...dfs.files.keys()]).toEqual(['t/f']);
    expect(String(await lake.read('f'))).toBe('whole');
  });

  it('answers false, not an error, when the answer to its own rename was lost: the name is taken by itself', async () => {
    for (const fault of [
      { status: 500, after: true },
      { cut: 'connection', after: true },
    ] as const) {
      for (const taken of [409, 412] as const) {
        dfs.takenStatus = taken;
        dfs.plan('rename', fault);
        const path = `log/${taken}${fault.cut ?? ''}`;
        expect(await lake.putIfAbsent(path, Buffer.from('mine'))).toBe(false);
        expect(String(await lake.read(path))).toBe('mine');
      }
    }
    expect([...dfs.files.keys()].filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('answers true when the first try of a rename did nothing', async () => {
    dfs.plan('rename', { status: 503 }, { cut: 'connection' });
    expect(await lake.putIfAbsent('f', Buffer.from('mine'))).toBe(true);
  });

  it('waits as long as Retry-After says, and not for one that is too long', async () => {
    const pauses: number[] = [];
    const patient = open(dfs, 't', { sleep: async (ms) => void pauses.push(ms) });
    dfs.plan('create', { status: 429, retryAfter: '7' }, { status: 503, retryAfter: '2' });
    await patient.write('f', Buffer.from('x'));
    expect(pauses).toEqual([7000, 2000]);
    dfs.plan('read', { status: 503, retryAfter: '3600' });
    await expect(patient.read('f')).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE', retriable: true });
  });

  it('gives up a request that takes too long, and sends it again', async () => {
    await lake.write('f', Buffer.from('x'));
    dfs.plan('read', { delayMs: 500 });
    expect(String(await open(dfs, 't', { requestTimeoutMs: 60 }).read('f'))).toBe('x');
  });

  it('reads a file again whose body was cut', async () => {
    const bytes = Buffer.alloc(300_000, 5);
    await lake.write('f', bytes);
    dfs.plan('read', { cut: 'body' }, { cut: 'body' });
    expect((await lake.read('f'))?.equals(bytes)).toBe(true);
  });

  it('says that the lake is away after the last try, which is worth another one later', async () => {
    dfs.chaos = () => ({ status: 503, code: 'ServerBusy' });
    const failure = open(dfs, 't', { attempts: 3 }).list('log');
    await expect(failure).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE', retriable: true });
    await expect(failure).rejects.toThrow('503 ServerBusy');
    expect(dfs.requests['list']).toBe(3);
    const away = open(dfs, 't', { attempts: 2 });
    await dfs.close();
    await expect(away.read('f')).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
    dfs = await FakeDfs.start();
  });

  it('says what to do about credentials, and does not ask again', async () => {
    dfs.chaos = () => ({ status: 403, code: 'AuthorizationPermissionMismatch' });
    const failure = lake.write('f', Buffer.from('x'));
    await expect(failure).rejects.toMatchObject({ code: 'AUTH_FAILED', retriable: false });
    await expect(failure).rejects.toThrow('Storage Blob Data Contributor');
    expect(dfs.requests['create']).toBe(1);
  });

  it('carries no token of a request in an error', async () => {
    dfs.chaos = () => ({ status: 403, code: 'AuthorizationFailure' });
    const error: unknown = await lake.read('f').catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('SharedKey');
  });

  it('names a container that is not there', async () => {
    const elsewhere = azureLake(`${dfs.url}-house/t`, { credential });
    for (const call of [() => elsewhere.read('f'), () => elsewhere.list('log'), () => elsewhere.delete('f')]) {
      const failure = call();
      await expect(failure).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE', retriable: false });
      await expect(failure).rejects.toThrow('correct its name');
    }
  });

  it('streams in blocks of bounded size, and sends a block again that failed', async () => {
    const sizes: number[] = [];
    async function* source(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 64; i++) {
        yield Buffer.alloc(64 << 10, i);
        sizes.push(dfs.requests['append'] ?? 0);
      }
    }
    dfs.plan('append', { status: 500, after: true }, { cut: 'connection' }, {}, { status: 503 });
    dfs.plan('flush', { status: 500, after: true });
    const streaming = open(dfs, 't', { blockBytes: 256 << 10, parallel: 2 });
    expect(await streaming.writeStream('big', source())).toBe(4 << 20);
    expect(dfs.largestAppend).toBe(256 << 10);
    // The source was not read to its end before the first blocks were sent.
    expect(sizes.at(-1)).toBeGreaterThan(8);
    const stored = await streaming.read('big');
    expect(stored?.length).toBe(4 << 20);
    expect(stored?.every((byte, i) => byte === i >> 16)).toBe(true);
  });

  it('leaves no part of a stream whose storage failed for good', async () => {
    const streaming = open(dfs, 't', { blockBytes: 1000, parallel: 3, attempts: 2 });
    await lake.write('big', Buffer.from('old'));
    dfs.plan('append', ...Array.from({ length: 9 }, () => ({ status: 500 })));
    const blocks = async function* (): AsyncGenerator<Buffer> {
      for (let i = 0; i < 10; i++) yield Buffer.alloc(1000, i);
    };
    await expect(streaming.writeStream('big', blocks())).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
    expect(String(await lake.read('big'))).toBe('old');
    expect([...dfs.files.keys()]).toEqual(['t/big']);
  });

  it('cleans up what crashed writers left, once it is old', async () => {
    await lake.write('log/1', Buffer.from('x'));
    dfs.plan('rename', ...Array.from({ length: 6 }, () => ({ status: 503 })));
    dfs.plan('delete', ...Array.from({ length: 6 }, () => ({ status: 503 })));
    await expect(lake.write('log/2', Buffer.from('x'))).rejects.toThrow('503');
    expect(dfs.files.size).toBe(2);
    expect(await lake.cleanUp('log', 60_000)).toBe(0);
    expect(await lake.cleanUp('log', 0)).toBe(1);
    expect([...dfs.files.keys()]).toEqual(['t/log/1']);
  });

  it('does not lead out of its folder', async () => {
    await expect(lake.read('../secret')).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  });
});

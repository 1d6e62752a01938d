import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ByteCursor, ByteRange } from '../../../src/state/backing.ts';
import { openLevelBacking } from '../../../src/state/level/open-level-backing.ts';
import { ScanThread, type ScanThreadOptions } from '../../../src/state/level/scan-thread.ts';

const key = (i: number): Buffer => Buffer.from(`key-${String(i).padStart(6, '0')}`);
const ALL: ByteRange = { from: Buffer.from('a'), to: Buffer.from('z'), reverse: false, suffix: null, suffixAt: 0 };

function read(cursor: ByteCursor): string[] {
  const values: string[] = [];
  while (cursor.next()) values.push(cursor.value.toString());
  return values;
}

describe('ScanThread', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'scan-thread-'));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(dir, { recursive: true, force: true });
  });

  it('waits on when it is woken before the answer is there, as by the late notice of an answer that it has already', async () => {
    const { thread, backing } = await opened(1);
    vi.spyOn(Atomics, 'wait').mockReturnValueOnce('ok').mockReturnValueOnce('ok');
    const cursor = backing.scan(ALL);
    expect([cursor.next(), cursor.value.toString(), cursor.next()]).toEqual([true, 'value-0', false]);
    await backing.close();
    await thread.stop();
  });

  it('reads a short range with one question, and closes what was not read to its end', async () => {
    const { thread, backing } = await opened(2_000);
    // Starting the thread has messages of its own.
    backing.scan({ ...ALL, to: key(1) }).close();
    const asked = vi.spyOn(MessagePort.prototype, 'postMessage');
    const kinds = (): unknown[] => asked.mock.calls.splice(0).map(([request]) => (request as { kind: string }).kind);
    expect(read(backing.scan({ ...ALL, to: key(3) }))).toEqual(['value-0', 'value-1', 'value-2']);
    expect(read(backing.scan({ ...ALL, to: key(0) }))).toEqual([]);
    expect(kinds()).toEqual(['scan', 'scan']);
    expect(read(backing.scan(ALL))).toHaveLength(2_000);
    const part = backing.scan(ALL);
    part.next();
    part.close();
    expect(kinds().slice(-2)).toEqual(['scan', 'end']);
    expect(read(backing.scan({ ...ALL, to: key(1) }))).toEqual(['value-0']);
    await backing.close();
    await thread.stop();
  });

  it('reads on past entries that are larger than what is read at once', async () => {
    const { thread, backing } = await opened(5, 'x'.repeat(100_000));
    expect(read(backing.scan(ALL)).map((value) => value.length)).toEqual(Array.from({ length: 5 }, () => 100_007));
    await backing.close();
    await thread.stop();
  });

  it.skipIf(process.platform === 'win32')(
    'waits on while the thread pool of the process has other work, as when many commits are written at once',
    async () => {
      const { thread, backing } = await opened(1, '', { silenceMs: 1_000 });
      expect(read(backing.scan(ALL))).toEqual(['value-0']);
      // Opening a pipe blocks a thread of the pool until the other end is opened.
      const pipes = Array.from({ length: 8 }, (_, i) => join(dir, `pipe-${i}`));
      execFileSync('mkfifo', pipes);
      const blocked = pipes.map((pipe) => readFile(pipe));
      spawn('sh', ['-c', `sleep 1.5; for pipe in ${pipes.join(' ')}; do : > "$pipe"; done`]);
      const since = performance.now();
      expect(read(backing.scan(ALL))).toEqual(['value-0']);
      expect(performance.now() - since).toBeGreaterThan(1_100);
      await Promise.all(blocked);
      await backing.close();
      await thread.stop();
    },
  );

  it('gives up on a thread that shows no sign of life', async () => {
    const { thread, backing } = await opened(1, '', { silenceMs: 1 });
    // It takes longer than that to start one.
    expect(() => backing.scan(ALL)).toThrow('no answer from the database within');
    await thread.stop();
  });

  it('gives up when an answer takes longer than any database may', async () => {
    const { thread, backing } = await opened(1, '', { answerMs: 500 });
    vi.spyOn(MessagePort.prototype, 'postMessage').mockImplementation(() => undefined);
    expect(() => backing.scan(ALL)).toThrow('no answer from the database within');
    vi.restoreAllMocks();
    await thread.stop();
  });

  async function opened(entries: number, padding = '', options: ScanThreadOptions = {}) {
    const thread = new ScanThread(options);
    const backing = await openLevelBacking(join(dir, 'db'), thread);
    const batch = backing.batch();
    for (let i = 0; i < entries; i++) batch.put(key(i), Buffer.from(`value-${i}${padding}`));
    await batch.write();
    return { thread, backing };
  }
});

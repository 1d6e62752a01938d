import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Which of the two tables a row is in. */
export type Side = 'a' | 'b';

/** Text that waits for one bucket before it goes to the disk. */
const PIECE_CHARS = 32 * 1024;

/** Keys and digests of rows, on the local disk, shared out by key so that each bucket fits into memory. */
export class DiffBuckets {
  readonly #folder: string;
  readonly #waiting: string[];

  private constructor(folder: string, count: number) {
    this.#folder = folder;
    this.#waiting = Array.from({ length: count }, () => '');
  }

  static async make(count: number, tempFolder = tmpdir()): Promise<DiffBuckets> {
    const folder = join(tempFolder, `topology-diff-${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    return new DiffBuckets(folder, count);
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** @param digest of fixed length, without spaces; answers what there is to wait for */
  add(side: Side, key: string, digest: string): Promise<void> | null {
    const bucket = bucketOf(key, this.count);
    const text = `${this.#waiting[bucket] ?? ''}${side}${digest} ${JSON.stringify(key)}\n`;
    this.#waiting[bucket] = text;
    return text.length < PIECE_CHARS ? null : this.#write(bucket);
  }

  async *read(bucket: number): AsyncGenerator<{ side: Side; key: string; digest: string }> {
    await this.#write(bucket);
    const lines = createInterface({ input: createReadStream(this.#path(bucket), 'utf8'), crlfDelay: Infinity });
    for await (const line of lines) {
      const space = line.indexOf(' ');
      const key = JSON.parse(line.slice(space + 1)) as string;
      yield { side: line.startsWith('a') ? 'a' : 'b', key, digest: line.slice(1, space) };
    }
    await rm(this.#path(bucket), { force: true });
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #write(bucket: number): Promise<void> {
    const text = this.#waiting[bucket] ?? '';
    this.#waiting[bucket] = '';
    await appendFile(this.#path(bucket), text);
  }

  #path(bucket: number): string {
    return join(this.#folder, String(bucket));
  }
}

/** FNV-1a over UTF-16 units. */
function bucketOf(key: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % count;
}

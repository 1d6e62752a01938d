import { createHash, type Hash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { HttpError } from './errors.ts';

export interface PartFileOptions {
  /** Where the file goes when it is whole; until then it stands beside it, as `<path>.<random>.part`. */
  readonly path: string;
  readonly maxBytes: number;
  /** Fit for messages. */
  readonly url: string;
}

/** A folder that is tidied up at the same moment may vanish between its making and its first file. */
const OPEN_TRIES = 3;

/** A file on its way to the disk: written piece by piece, counted, hashed, limited; whole or not there at all. */
export class PartFile {
  readonly #options: PartFileOptions;
  readonly #file: FileHandle;
  readonly #part: string;
  #hash: Hash = createHash('sha256');
  /** Written so far. */
  bytes = 0;
  /** The disk refused a piece: there is nothing to go on with. */
  broken = false;

  private constructor(options: PartFileOptions, file: FileHandle, part: string) {
    this.#options = options;
    this.#file = file;
    this.#part = part;
  }

  static async open(options: PartFileOptions): Promise<PartFile> {
    const part = `${options.path}.${randomUUID()}.part`;
    for (let tries = 1; ; tries++) {
      try {
        await mkdir(dirname(part), { recursive: true });
        return new PartFile(options, await open(part, 'wx'), part);
      } catch (error) {
        const vanished = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (!vanished || tries >= OPEN_TRIES) throw error;
      }
    }
  }

  /** Appends a body as it comes: one piece is in memory at a time. @throws HttpError `permanent` above the limit */
  async append(body: Readable): Promise<void> {
    for await (const piece of body as AsyncIterable<Buffer>) {
      const { maxBytes, url } = this.#options;
      if (this.bytes + piece.length > maxBytes) throw tooLarge(url, maxBytes);
      const written = this.#write(piece, this.bytes);
      this.#hash.update(piece);
      await written;
      this.bytes += piece.length;
    }
  }

  async #write(piece: Buffer, at: number): Promise<void> {
    try {
      for (let done = 0; done < piece.length;) {
        done += (await this.#file.write(piece, done, piece.length - done, at + done)).bytesWritten;
      }
    } catch (error) {
      this.broken = true;
      throw error;
    }
  }

  /** Forgets what is there: another file stands behind the link now. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash('sha256');
    this.bytes = 0;
  }

  /** Puts the file in its place; answers its hash, in hex. */
  async finish(): Promise<string> {
    await this.#file.close();
    await rename(this.#part, this.#options.path);
    return this.#hash.digest('hex');
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#part, { force: true });
  }
}

export function tooLarge(url: string, maxBytes: number): HttpError {
  return new HttpError('permanent', `${url} is larger than ${maxBytes} bytes`, { url });
}

import { createRequire } from 'node:module';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { StreamsError } from '../../core/errors.ts';
import type { ByteCursor, ByteRange } from '../backing.ts';
import type { OrderedReader } from '../ordered-reader.ts';
import { scanWorkerProgram } from './scan-worker.ts';

/** How long the thread may show no sign of life, and how long an answer may take, before the database counts as unreadable. */
const SILENCE_MS = 30_000;
const ANSWER_MS = 300_000;
const CHUNK_BYTES = 256 * 1024;
const EMPTY: Buffer = Buffer.alloc(0);

export interface ScanThreadOptions {
  /** How long the thread may show no sign of life, in ms (default 30 s). */
  readonly silenceMs?: number;
  /** How long one answer may take, in ms (default 5 minutes). */
  readonly answerMs?: number;
}

interface Chunk {
  readonly packed: ArrayBuffer;
  readonly ended: boolean;
}

/**
 * Ordered reads of LevelDB for synchronous callers. LevelDB's binding iterates asynchronously only, and a processor
 * cannot wait; so a helper thread iterates and this thread sleeps until a chunk is there. Started by the first ordered
 * read; reads of single keys never need it. LevelDB reads on the thread pool of Node, which the whole process shares: an
 * answer waits until the commits before it are written, however long that takes on a busy machine. So it is not the
 * answer's time that tells of a thread that has died, but the lack of its beats.
 */
export class ScanThread implements OrderedReader {
  #worker: Worker | null = null;
  #port: MessagePort | null = null;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  readonly #beats = new Int32Array(new SharedArrayBuffer(4));
  readonly #silenceMs: number;
  readonly #answerMs: number;
  #nextId = 0;
  #stopped = false;

  constructor({ silenceMs = SILENCE_MS, answerMs = ANSWER_MS }: ScanThreadOptions = {}) {
    this.#silenceMs = silenceMs;
    this.#answerMs = answerMs;
  }

  scan(location: string, range: ByteRange): ByteCursor {
    const id = this.#nextId++;
    const first = this.ask<Chunk>({ kind: 'scan', id, location, ...range, maxBytes: CHUNK_BYTES });
    return new ThreadCursor(this, id, first);
  }

  more(id: number): Chunk {
    return this.ask<Chunk>({ kind: 'more', id, maxBytes: CHUNK_BYTES });
  }

  /** Before the end of a range; nobody waits for it. */
  end(id: number): void {
    this.#port?.postMessage({ kind: 'end', id });
  }

  /** Lets go of a database, so that its owner can close it. */
  release(location: string): void {
    if (this.#port !== null) this.ask({ kind: 'close', location });
  }

  /** For good: an iterator that is still open answers STORE_CLOSED from now on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const worker = this.#worker;
    this.#port?.close();
    this.#port = null;
    this.#worker = null;
    await worker?.terminate();
  }

  /** @throws STORE_CLOSED, STATE_CORRUPT */
  ask<T>(request: unknown): T {
    if (this.#stopped) throw new StreamsError('STORE_CLOSED', 'the store was closed while it was read');
    const port = this.#port ?? this.#start();
    const seen = Atomics.load(this.#signal, 0);
    port.postMessage(request);
    const waitedMs = this.#sleep(seen);
    const answer: { message: T & { error?: string } } | undefined = receiveMessageOnPort(port);
    if (answer === undefined) {
      throw new StreamsError('STATE_CORRUPT', `no answer from the database within ${waitedMs} ms`);
    }
    if (answer.message.error !== undefined) {
      throw new StreamsError('STATE_CORRUPT', `the database cannot be read in order: ${answer.message.error}`);
    }
    return answer.message;
  }

  /**
   * Until there is an answer, or the thread has been silent for too long. The thread counts an answer first and wakes then:
   * when the answer before this one was seen by its count alone, its waking comes late, in the middle of this sleep.
   */
  #sleep(seen: number): number {
    const lookMs = Math.ceil(Math.min(this.#silenceMs, this.#answerMs) / 4);
    const since = performance.now();
    let beats = Atomics.load(this.#beats, 0);
    let lastBeat = since;
    let now = since;
    while (Atomics.load(this.#signal, 0) === seen) {
      Atomics.wait(this.#signal, 0, seen, lookMs);
      now = performance.now();
      const beatsNow = Atomics.load(this.#beats, 0);
      if (beatsNow !== beats) {
        beats = beatsNow;
        lastBeat = now;
      }
      if (now - lastBeat > this.#silenceMs || now - since > this.#answerMs) break;
    }
    return Math.round(now - since);
  }

  #start(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker = new Worker(scanWorkerProgram, {
      eval: true,
      workerData: {
        level: createRequire(import.meta.url).resolve('level'),
        signal: this.#signal,
        beats: this.#beats,
        beatMs: this.#silenceMs / 10,
        port: port2,
      },
      transferList: [port2],
      execArgv: [],
    });
    this.#worker.unref();
    port1.unref();
    this.#port = port1;
    return port1;
  }
}

class ThreadCursor implements ByteCursor {
  key: Buffer = EMPTY;
  value: Buffer = EMPTY;
  readonly #thread: ScanThread;
  readonly #id: number;
  #bytes: Buffer;
  #ended: boolean;
  #at = 0;
  #closed = false;

  constructor(thread: ScanThread, id: number, first: Chunk) {
    this.#thread = thread;
    this.#id = id;
    this.#bytes = Buffer.from(first.packed);
    this.#ended = first.ended;
  }

  next(): boolean {
    while (this.#at === this.#bytes.length) {
      if (this.#closed) return false;
      if (this.#ended) {
        this.close();
        return false;
      }
      const chunk = this.#thread.more(this.#id);
      this.#bytes = Buffer.from(chunk.packed);
      this.#ended = chunk.ended;
      this.#at = 0;
    }
    const keyLength = this.#bytes.readUInt32BE(this.#at);
    const valueAt = this.#at + 8 + keyLength;
    const end = valueAt + this.#bytes.readUInt32BE(this.#at + 4);
    this.key = this.#bytes.subarray(this.#at + 8, valueAt);
    this.value = this.#bytes.subarray(valueAt, end);
    this.#at = end;
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#bytes = EMPTY;
    this.#at = 0;
    if (!this.#ended) this.#thread.end(this.#id);
  }
}

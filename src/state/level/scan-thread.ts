import { createRequire } from 'node:module';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { StreamsError } from '../../core/errors.ts';
import type { ByteCursor, ByteRange } from '../backing.ts';
import type { OrderedReader } from '../ordered-reader.ts';
import { scanWorkerProgram } from './scan-worker.ts';

/** How long the thread may take for one answer before the database counts as unreadable. */
const ANSWER_TIMEOUT_MS = 30_000;
const CHUNK_BYTES = 256 * 1024;
const EMPTY: Buffer = Buffer.alloc(0);

interface Chunk {
  readonly packed: ArrayBuffer;
  readonly ended: boolean;
}

/**
 * Ordered reads of LevelDB for synchronous callers. LevelDB's binding iterates asynchronously only, and a processor
 * cannot wait; so a helper thread iterates and this thread sleeps until a chunk is there: about 0.1 ms for a short range.
 * Started by the first ordered read; reads of single keys never need it.
 */
export class ScanThread implements OrderedReader {
  #worker: Worker | null = null;
  #port: MessagePort | null = null;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  #nextId = 0;
  #stopped = false;

  scan(location: string, range: ByteRange): ByteCursor {
    const id = this.#nextId++;
    const first = this.ask<Chunk>({ kind: 'scan', id, location, ...range, maxBytes: CHUNK_BYTES });
    return new ThreadCursor(this, id, first);
  }

  more(id: number): Chunk {
    return this.ask<Chunk>({ kind: 'more', id, maxBytes: CHUNK_BYTES });
  }

  end(id: number): void {
    if (this.#port !== null) this.ask({ kind: 'end', id });
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

  ask<T>(request: unknown): T {
    if (this.#stopped) throw new StreamsError('STORE_CLOSED', 'the store was closed while it was read');
    const port = this.#port ?? this.#start();
    const seen = Atomics.load(this.#signal, 0);
    port.postMessage(request);
    this.#sleep(seen);
    const answer: { message: T & { error?: string } } | undefined = receiveMessageOnPort(port);
    if (answer === undefined) {
      throw new StreamsError('STATE_CORRUPT', `no answer from the database within ${ANSWER_TIMEOUT_MS} ms`);
    }
    if (answer.message.error !== undefined) {
      throw new StreamsError('STATE_CORRUPT', `the database cannot be read in order: ${answer.message.error}`);
    }
    return answer.message;
  }

  /**
   * Until there is an answer, or the time is up. The thread counts an answer first and wakes then: when the answer before
   * this one was seen by its count alone, its waking comes late, in the middle of this sleep.
   */
  #sleep(seen: number): void {
    const deadline = performance.now() + ANSWER_TIMEOUT_MS;
    for (let left = ANSWER_TIMEOUT_MS; left > 0 && Atomics.load(this.#signal, 0) === seen;) {
      Atomics.wait(this.#signal, 0, seen, left);
      left = deadline - performance.now();
    }
  }

  #start(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker = new Worker(scanWorkerProgram, {
      eval: true,
      workerData: { level: createRequire(import.meta.url).resolve('level'), signal: this.#signal, port: port2 },
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
    this.#thread.end(this.#id);
  }
}

import type { MessagePort } from 'node:worker_threads';
import { StreamsError } from '../../core/errors.ts';
import { type ErrorMessage, readError, writeError } from './thread-error.ts';

type Handler = (body: unknown) => unknown;

type Message =
  | { readonly kind: 'notice'; readonly topic: string; readonly body: unknown }
  | { readonly kind: 'request'; readonly id: number; readonly topic: string; readonly body: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly body: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: ErrorMessage };

interface Waiting {
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Notices and questions between two threads over a message port. Bodies are what `structuredClone` takes; bytes go as
 * `Uint8Array`. The same at both ends.
 */
export class ThreadLink {
  readonly #port: MessagePort;
  readonly #handlers = new Map<string, Handler>();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #closed: Error | null = null;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: Message) => void this.#take(message));
    port.on('close', () => this.close());
  }

  /** What is done about notices and requests of a topic; what it answers, or throws, goes back to whoever asked. */
  on(topic: string, handler: Handler): void {
    this.#handlers.set(topic, handler);
  }

  /** Tells the other thread; nothing comes back. */
  notify(topic: string, body: unknown = null): void {
    this.#send({ kind: 'notice', topic, body });
  }

  /** Asks the other thread. @throws what its handler threw; THREAD_DIED when the link is closed first */
  request(topic: string, body: unknown = null): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ kind: 'request', id, topic, body });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = new StreamsError('THREAD_DIED', 'the thread at the other end has ended');
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
    this.#port.close();
  }

  #send(message: Message): void {
    // Nothing is handed over: everything is copied.
    if (!this.#closed) this.#port.postMessage(message, []);
  }

  async #take(message: Message): Promise<void> {
    if (message.kind === 'answer' || message.kind === 'failure') {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.kind === 'answer') waiting?.resolve(message.body);
      else waiting?.reject(readError(message.error));
      return;
    }
    const handler = this.#handlers.get(message.topic);
    if (message.kind === 'notice') {
      handler?.(message.body);
      return;
    }
    const { id, topic } = message;
    try {
      if (!handler) throw new StreamsError('ILLEGAL_STATE', `the thread answers no questions about ${topic}`);
      const body = await handler(message.body);
      this.#send({ kind: 'answer', id, body });
    } catch (error) {
      this.#send({ kind: 'failure', id, error: writeError(error) });
    }
  }
}

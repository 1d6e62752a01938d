import { StreamsError } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { EmbeddedBroker } from '../broker.ts';
import { keepDeadlines } from '../keep-deadlines.ts';
import { isRetriable, type KafkaErrorName } from '../kafka-error.ts';
import { isRefusal, type ApiName, type Apis, type Reply } from '../protocol/apis.ts';
import type { Scheduler } from '../scheduler.ts';
import { failure } from './failure.ts';

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly clientId: string;
  readonly latencyMs: number;
  readonly requestTimeoutMs: number;
  readonly apiTimeoutMs: number;
}

const FIRST_BACKOFF_MS = 10;
const MAX_BACKOFF_MS = 1_000;
const nothing = (): void => {};

/** How one client talks to the embedded broker: latency, time limits, retries, and the broker's deadlines kept by a timer. */
export class Connection {
  readonly broker: EmbeddedBroker;
  readonly options: ConnectionOptions;
  #isOpen = false;
  #isClosed = false;
  #lastAnswered = true;
  #stopDeadlines = nothing;
  /** Ends the pauses of pending retries. */
  readonly #onClose = new Set<() => void>();

  constructor(broker: EmbeddedBroker, options: ConnectionOptions) {
    this.broker = broker;
    this.options = options;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }
  get isHealthy(): boolean {
    return this.#isOpen && this.#lastAnswered;
  }

  /** Done by the first request, if nobody did it before. */
  open(): void {
    if (this.#isOpen || this.#isClosed) return;
    this.#isOpen = true;
    this.#stopDeadlines = keepDeadlines(this.broker, this.options.scheduler);
  }

  close(): void {
    this.#isOpen = false;
    this.#isClosed = true;
    this.#stopDeadlines();
    for (const end of this.#onClose) end();
  }

  /**
   * Sends a request once. Without latency and faults the reply comes before this call returns, which is why it is a
   * callback and not a promise. A request that is not answered in time is refused with REQUEST_TIMED_OUT.
   */
  send<K extends ApiName>(api: K, request: Apis[K]['request'], heldMs: number, reply: Reply<K>): () => void {
    const { latencyMs, scheduler, requestTimeoutMs } = this.options;
    let isDone = false;
    let cancelSteps = nothing;
    let cancelLimit = nothing;
    const finish: Reply<K> = (answer) => {
      if (isDone) return;
      isDone = true;
      cancelLimit();
      this.#lastAnswered = !isRefusal(answer);
      reply(answer);
    };
    const dispatch = (): void => {
      cancelSteps = this.broker.handle(api, request, finish);
    };
    if (latencyMs > 0) cancelSteps = scheduler.after(latencyMs, dispatch);
    else dispatch();
    const cancel = (): void => {
      isDone = true;
      cancelLimit();
      cancelSteps();
    };
    if (!isDone) {
      cancelLimit = scheduler.after(requestTimeoutMs + latencyMs + heldMs, () => {
        cancelSteps();
        finish({ refused: 'REQUEST_TIMED_OUT' });
      });
    }
    return cancel;
  }

  /**
   * Sends a request until it is answered without a retriable error, for `apiTimeoutMs` in all.
   * @throws StreamsError with the last error; other errors inside the answer are the caller's to judge
   */
  async ask<K extends ApiName>(
    api: K,
    request: Apis[K]['request'],
    errorOf: (response: Apis[K]['response']) => KafkaErrorName,
    heldMs = 0,
  ): Promise<Apis[K]['response']> {
    const { clock, apiTimeoutMs } = this.options;
    const until = clock.monotonic() + apiTimeoutMs + heldMs;
    for (let pauseMs = FIRST_BACKOFF_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_BACKOFF_MS)) {
      this.open();
      if (this.#isClosed) throw new StreamsError('ILLEGAL_STATE', `${api}: the client is closed`);
      const answer = await new Promise<Apis[K]['response'] | { refused: KafkaErrorName }>((resolve) => {
        this.send(api, request, heldMs, resolve);
      });
      const refused = isRefusal(answer) ? answer.refused : errorOf(answer);
      if (!isRefusal(answer) && !isRetriable(refused)) return answer;
      if (!isRetriable(refused) || clock.monotonic() + pauseMs > until) throw failure(refused, api);
      await this.pause(pauseMs);
    }
  }

  /** Waits; ends early when the connection is closed. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#onClose.delete(end);
        resolve();
      };
      const cancel = this.options.scheduler.after(ms, end);
      this.#onClose.add(end);
    });
  }
}

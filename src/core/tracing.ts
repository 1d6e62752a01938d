import type { Headers, RecordContext } from './record.ts';

/**
 * The port to a tracing system. The trace of a record travels in its headers (W3C `traceparent` and `tracestate`), so it
 * survives repartition topics, retries, and stores that keep a record's headers. A record without a trace, or of one that is
 * not sampled, costs a look at its headers.
 */
export interface Tracing {
  /** A task takes a record from its input. null: its trace is not sampled. */
  consumed(record: RecordContext, where: TaskPlace): ConsumedRecord | null;
  /** A record goes to a topic; answers the headers to write. */
  produced(headers: Headers, topic: string, where: NodePlace): Headers;
  /** Runs a call of an async operator within a span of its own. */
  called<R>(record: RecordContext, where: NodePlace, call: () => Promise<R>): Promise<R>;
  /** What is written to an external sink, whose spans are of batches and link to their records. */
  sink(where: NodePlace): SinkTrace;
}

export interface TaskPlace {
  readonly applicationId: string;
  readonly task: string;
}

export interface NodePlace extends TaskPlace {
  readonly node: string;
}

export interface ConsumedRecord {
  /** The record as it goes on: what comes of it belongs to its span. */
  readonly record: RecordContext;
  /** It went through, or threw. */
  end(error?: unknown): void;
}

export interface SinkTrace {
  written(record: RecordContext): void;
  /** A batch begins to be written, with all records since the last one. */
  flush(): { end(error?: unknown): void };
}

import { createRequire } from 'node:module';
import type * as api from '@opentelemetry/api';
import { StreamsError } from '../../core/errors.ts';
import { type Headers, type RecordContext, withHeaders } from '../../core/record.ts';
import type { ConsumedRecord, NodePlace, SinkTrace, TaskPlace, Tracing } from '../../core/tracing.ts';
import { isSampled, readTraceParent, writeTraceParent } from './trace-parent.ts';

export interface OpenTelemetryOptions {
  /**
   * Of records that come without a trace, the part for which one is begun (default 0.01). Those that come with one follow
   * its decision.
   */
  readonly sampleRatio?: number;
}

const TRACER = 'topology-streams';
/** A batch may hold millions of records; a span takes 128 links by default. */
const MOST_LINKS = 128;

/**
 * Traces of records through OpenTelemetry: a span for each sampled record at each task it passes, below it one for each call
 * of `mapAsync` and for each record that is produced, and one for each batch that a sink writes. `@opentelemetry/api`
 * (optional package) is loaded by this call; the tracer is the one that the application has registered with it.
 *
 * @throws MISSING_PACKAGE, CONFIG_INVALID
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Tracing {
  const { sampleRatio = 0.01 } = options;
  if (!(sampleRatio >= 0 && sampleRatio <= 1)) {
    throw new StreamsError('CONFIG_INVALID', `sampleRatio ${sampleRatio} is not between 0 and 1`);
  }
  return new OpenTelemetry(loadApi(), sampleRatio);
}

function loadApi(): typeof api {
  try {
    return createRequire(import.meta.url)('@opentelemetry/api') as typeof api;
  } catch (error) {
    throw new StreamsError('MISSING_PACKAGE', 'tracing needs the package @opentelemetry/api: npm install it', {
      cause: error,
    });
  }
}

class OpenTelemetry implements Tracing {
  readonly #api: typeof api;
  readonly #tracer: api.Tracer;
  readonly #sampleRatio: number;

  constructor(sdk: typeof api, sampleRatio: number) {
    this.#api = sdk;
    this.#tracer = sdk.trace.getTracer(TRACER);
    this.#sampleRatio = sampleRatio;
  }

  consumed(record: RecordContext, { applicationId, task }: TaskPlace): ConsumedRecord | null {
    const parent = readTraceParent(record.headers, this.#api);
    if (parent === null ? Math.random() >= this.#sampleRatio : !isSampled(parent)) return null;
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': record.topic,
      'messaging.destination.partition.id': String(record.partition),
      'messaging.kafka.offset': record.offset,
      'messaging.consumer.group.name': applicationId,
      'topology_streams.task': task,
    };
    const kind = this.#api.SpanKind.CONSUMER;
    const span = this.#tracer.startSpan(`process ${record.topic}`, { kind, attributes }, this.#below(parent));
    const headers = writeTraceParent(record.headers, span.spanContext());
    return { record: withHeaders(record, headers), end: (error) => this.#end(span, error) };
  }

  produced(headers: Headers, topic: string, place: NodePlace): Headers {
    const parent = readTraceParent(headers, this.#api);
    if (parent === null || !isSampled(parent)) return headers;
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      ...placeOf(place),
    };
    const kind = this.#api.SpanKind.PRODUCER;
    const span = this.#tracer.startSpan(`send ${topic}`, { kind, attributes }, this.#below(parent));
    span.end();
    return writeTraceParent(headers, span.spanContext());
  }

  async called<R>(record: RecordContext, place: NodePlace, call: () => Promise<R>): Promise<R> {
    const parent = readTraceParent(record.headers, this.#api);
    if (parent === null || !isSampled(parent)) return call();
    const attributes = placeOf(place);
    const context = this.#below(parent);
    const span = this.#tracer.startSpan(`call ${place.node}`, { attributes }, context);
    try {
      const result = await this.#api.context.with(this.#api.trace.setSpan(context, span), call);
      this.#end(span);
      return result;
    } catch (error) {
      this.#end(span, error);
      throw error;
    }
  }

  sink(place: NodePlace): SinkTrace {
    let links: api.Link[] = [];
    let records = 0;
    return {
      written: ({ headers }) => {
        records++;
        if (links.length >= MOST_LINKS) return;
        const context = readTraceParent(headers, this.#api);
        if (context !== null && isSampled(context)) links.push({ context });
      },
      flush: () => {
        const attributes = { 'topology_streams.records': records, ...placeOf(place) };
        const batch = links;
        links = [];
        records = 0;
        if (batch.length === 0) return { end: () => undefined };
        const kind = this.#api.SpanKind.CLIENT;
        const options = { kind, attributes, links: batch, root: true };
        const span = this.#tracer.startSpan(`write ${place.node}`, options, this.#api.ROOT_CONTEXT);
        return { end: (error) => this.#end(span, error) };
      },
    };
  }

  #below(parent: api.SpanContext | null): api.Context {
    const { ROOT_CONTEXT, trace } = this.#api;
    return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  }

  /** The message of an error may quote a record, so only its kind is told. */
  #end(span: api.Span, error?: unknown): void {
    if (error !== undefined) {
      span.setAttribute('error.type', error instanceof StreamsError ? error.code : kindOf(error));
      span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    }
    span.end();
  }
}

function placeOf({ applicationId, task, node }: NodePlace): api.Attributes {
  return {
    'messaging.consumer.group.name': applicationId,
    'topology_streams.task': task,
    'topology_streams.node': node,
  };
}

function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

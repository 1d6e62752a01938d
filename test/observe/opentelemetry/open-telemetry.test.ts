import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Headers, headerText, NO_HEADERS } from '../../../src/core/record.ts';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import {
  failed,
  openTelemetry,
  serdes,
  StreamsApp,
  StreamsBuilder,
  StreamsError,
  type KafkaClient,
  type SinkConnector,
  type Topology,
} from '../../../src/index.ts';

const strings = { key: serdes.string, value: serdes.string };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

function traceparent(flags: '00' | '01'): Headers {
  return [
    { key: 'traceparent', value: Buffer.from(`00-${TRACE}-${PARENT}-${flags}`) },
    { key: 'tracestate', value: Buffer.from('vendor=x') },
  ];
}

describe('openTelemetry', () => {
  const exporter = new InMemorySpanExporter();
  let client: KafkaClient;
  let dir: string;
  let app: StreamsApp | null = null;

  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  });
  afterAll(() => {
    trace.disable();
    context.disable();
  });
  beforeEach(async () => {
    exporter.reset();
    dir = await mkdtemp(join(tmpdir(), 'tracing-'));
    client = embeddedClient(new EmbeddedBroker());
    await client.connect();
    await client.admin.createTopics(['in', 'out'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })));
  });
  afterEach(async () => {
    await app?.close();
    await client.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function run(topology: Topology, headers: Headers, sampleRatio = 0): Promise<readonly ReadableSpan[]> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    producer.send('in', 0, Buffer.from('k'), Buffer.from('word'), 1, headers);
    await producer.flush();
    await producer.close();
    const tracing = openTelemetry({ sampleRatio });
    const config = { applicationId: 'app', kafka: { client }, stateDir: dir, commitIntervalMs: 20, tracing };
    app = new StreamsApp(topology, config);
    await app.start();
    for (const end = Date.now() + 10_000; !(await app.caughtUp());) {
      if (Date.now() > end) throw new Error('not through within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return exporter.getFinishedSpans();
  }

  /** Headers of the one record in `out`. */
  async function written(): Promise<Headers> {
    const fetcher = client.fetcher();
    fetcher.add('out', 0, 0);
    for (;;) {
      await fetcher.arrival(1_000);
      for (const { records } of fetcher.poll()) {
        if (!records.next()) continue;
        const headers = records.headers();
        await fetcher.close();
        return headers;
      }
    }
  }

  function calling(seen: (string | undefined)[] = []): Topology {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .selectKey((word) => word, { name: 'by-word' })
      .repartition({ ...strings, name: 'words' })
      .mapAsync(
        async (word) => {
          await Promise.resolve();
          seen.push(trace.getActiveSpan()?.spanContext().traceId);
          return word.toUpperCase();
        },
        { name: 'ask' },
      )
      .to('out', { ...strings, name: 'answer' });
    return builder.build();
  }

  it('keeps one trace from the input over a repartition topic and an async call to the output', async () => {
    const seen: (string | undefined)[] = [];
    const spans = await run(calling(seen), traceparent('01'));
    const named = new Map(spans.map((span) => [span.name, span]));
    const parents = ['process in', 'send app-words-repartition', 'process app-words-repartition'];
    expect([...named.keys()].sort()).toEqual([...parents, 'call ask', 'send out'].sort());
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([TRACE]));
    const parentOf = (name: string): string | undefined => named.get(name)?.parentSpanContext?.spanId;
    const idOf = (name: string): string | undefined => named.get(name)?.spanContext().spanId;
    expect(parentOf('process in')).toBe(PARENT);
    expect(parentOf('send app-words-repartition')).toBe(idOf('process in'));
    expect(parentOf('process app-words-repartition')).toBe(idOf('send app-words-repartition'));
    expect(parentOf('call ask')).toBe(idOf('process app-words-repartition'));
    expect(parentOf('send out')).toBe(idOf('process app-words-repartition'));
    expect(seen).toEqual([TRACE]);
    const headers = await written();
    expect(headerText(headers, 'traceparent')).toBe(`00-${TRACE}-${idOf('send out')}-01`);
    expect(headerText(headers, 'tracestate')).toBe('vendor=x');
    expect(headers).toHaveLength(2);
    expect(named.get('process in')?.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.destination.name': 'in',
      'messaging.kafka.offset': 0,
      'messaging.consumer.group.name': 'app',
      'topology_streams.task': '0_0',
    });
  });

  it('keeps the trace over a retry bucket', async () => {
    await client.admin.createTopics([{ name: 'dead', partitions: 1, replicationFactor: 1 }]);
    let tries = 0;
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .retry({ name: 'call', delaysMs: [10], deadLetter: 'dead', ...strings }, (input) =>
        input.mapAsync(
          async (word) => {
            if (tries++ === 0) throw new StreamsError('BROKER_UNAVAILABLE', 'not now');
            return word;
          },
          { name: 'ask', onError: failed },
        ),
      )
      .to('out', strings);
    const spans = await run(builder.build(), traceparent('01'));
    const ids = new Map(spans.map((span) => [span.spanContext().spanId, span]));
    const path: string[] = [];
    let span = spans.find(({ name }) => name === 'send out');
    while (span) {
      path.unshift(span.name);
      const above: string | undefined = span.parentSpanContext?.spanId;
      span = above === undefined ? undefined : ids.get(above);
    }
    const bucket = 'app-call-retry-10ms';
    expect(path).toEqual(['process in', `send ${bucket}`, `process ${bucket}`, 'send out']);
    expect(spans.filter(({ name }) => name === 'call ask')).toHaveLength(2);
  });

  it('leaves a record alone whose trace is not sampled, and one without a trace that is not chosen', async () => {
    expect(await run(calling(), traceparent('00'), 1)).toEqual([]);
    expect(headerText(await written(), 'traceparent')).toBe(`00-${TRACE}-${PARENT}-00`);
    await app?.close();
    exporter.reset();
    expect(await run(calling(), NO_HEADERS, 0)).toEqual([]);
  });

  it('begins a trace for the part of the other records that is asked for', async () => {
    const spans = await run(calling(), NO_HEADERS, 1);
    expect(spans).toHaveLength(5);
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(spans.filter((span) => span.parentSpanContext === undefined).map(({ name }) => name)).toEqual([
      'process in',
    ]);
  });

  it('links the span of a batch that a sink writes to its records', async () => {
    const rows: unknown[] = [];
    let buffered = 0;
    const connector: SinkConnector<string, string> = {
      description: 'rows',
      open: async () => ({
        positions: async () => [],
        write: (_key, value) => {
          rows.push(value);
          buffered = 1;
        },
        get bufferedBytes() {
          return buffered;
        },
        due: () => true,
        flush: async () => {
          buffered = 0;
        },
        close: async () => undefined,
      }),
    };
    const builder = new StreamsBuilder();
    builder.stream('in', strings).sinkTo(connector, { name: 'table' });
    const spans = await run(builder.build(), traceparent('01'));
    expect(rows).toEqual(['word']);
    const process = spans.find(({ name }) => name === 'process in');
    const write = spans.find(({ name }) => name === 'write table');
    expect(write?.links.map(({ context: { traceId, spanId } }) => [traceId, spanId])).toEqual([
      [TRACE, process?.spanContext().spanId],
    ]);
    expect(write?.attributes['topology_streams.records']).toBe(1);
  });

  it('tells the kind of an error and not its text, which may quote a record', async () => {
    const tracing = openTelemetry();
    const record = { timestamp: 1, headers: traceparent('01'), topic: 'in', partition: 0, offset: 7 };
    const where = { applicationId: 'app', task: '0_0', node: 'ask' };
    const failed = tracing.called(record, where, () => Promise.reject(new TypeError('secret')));
    await expect(failed).rejects.toThrow('secret');
    const [span] = exporter.getFinishedSpans();
    expect(span?.attributes['error.type']).toBe('TypeError');
    expect(JSON.stringify([span?.events, span?.status, span?.attributes])).not.toContain('secret');
    expect(() => openTelemetry({ sampleRatio: 2 })).toThrow('not between 0 and 1');
  });

  it.each([`01-${TRACE}-${PARENT}-01-more`, `00-${TRACE}-${PARENT}-01`])('reads the traceparent %s', (value) => {
    const headers = [{ key: 'traceparent', value: Buffer.from(value) }];
    const record = { timestamp: 1, headers, topic: 'in', partition: 0, offset: 7 };
    const taken = openTelemetry({ sampleRatio: 0 }).consumed(record, { applicationId: 'app', task: '0_0' });
    taken?.end();
    expect(headerText(taken?.record.headers ?? [], 'traceparent')).toContain(TRACE);
  });

  it.each([`ff-${TRACE}-${PARENT}-01`, `00-${'0'.repeat(32)}-${PARENT}-01`, `00-${TRACE}-${PARENT}-01-more`, 'x'])(
    'takes the traceparent %s for none',
    (value) => {
      const headers = [{ key: 'traceparent', value: Buffer.from(value) }];
      const record = { timestamp: 1, headers, topic: 'in', partition: 0, offset: 7 };
      expect(openTelemetry({ sampleRatio: 0 }).consumed(record, { applicationId: 'app', task: '0_0' })).toBeNull();
    },
  );
});

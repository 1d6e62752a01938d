import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';
import type { Failure, RetryOptions } from '../../processors/options.ts';
import { passThrough } from '../../processors/pass-through.ts';
import { retryDueTime, retryRouter } from '../../processors/retry-router.ts';
import { checkName } from '../names.ts';
import type { KStream } from '../stream.ts';
import type { LagPause } from '../topology.ts';
import { declareStep } from './declare-step.ts';
import { needSerde } from './need-serde.ts';
import { shapeOf } from './scope.ts';
import type { Scope, StreamShape } from './scope.ts';

/**
 * Appends a retry: a source for each bucket topic, merged with the input before the body; after it a router with a sink
 * for each bucket, one for the dead letter, and a pass-through for everything else.
 */
export function declareRetry<K, V, KR, R, D>(
  scope: Scope,
  shape: StreamShape<K, V>,
  options: RetryOptions<K, V, D>,
  body: (attempts: KStream<K, V>) => KStream<KR, R>,
): KStream<KR, Exclude<R, Failure<unknown>>> {
  const { graph } = scope;
  const name = graph.nameOr(options.name, 'KSTREAM-RETRY-');
  const what = `retry (${name})`;
  const key = needSerde(options.key ?? shape.key, what, 'keys', 'retry', 'key');
  const value = needSerde(options.value ?? shape.value, what, 'values', 'retry', 'value');
  const buckets = bucketsOf(name, options);
  const pause = pauseOf(name, options);

  const sources = buckets.map(({ label, topic, internal }) =>
    graph.append({
      kind: 'source',
      name: checkName(`${name}-bucket-${label}-source`),
      parents: [],
      topics: [topic],
      pattern: null,
      key,
      value,
      timestampExtractor: null,
      offsetReset: 'earliest',
      internal: internal ? 'retry' : null,
      notBefore: retryDueTime,
      ...(pause === null ? {} : { pause }),
    }),
  );
  const attempts = declareStep(graph, {
    operator: 'retry',
    name: checkName(`${name}-attempts`),
    parents: [shape.node, ...sources],
    supplier: passThrough(),
    stateless: true,
  });
  const allSources = graph.copartition([...shape.sources, ...sources.map((source) => source.name)]);
  const result = shapeOf(
    scope,
    body(
      scope.stream({ node: attempts, name: attempts.name, key, value, sources: allSources, rekeyed: shape.rekeyed }),
    ),
    what,
  );

  const sinkOf = (label: string): string => checkName(`${name}-bucket-${label}`);
  const deadLetter = checkName(`${name}-dead-letter`);
  const passed = checkName(`${name}-passed`);
  const router = declareStep(graph, {
    operator: 'retry',
    name,
    parents: [result.node],
    supplier: retryRouter<K, V, R, D>({
      ...options,
      children: { bucket: buckets.map(({ label }) => sinkOf(label)), deadLetter, passed },
    }),
    stateless: false,
  });
  for (const { label, topic, internal } of buckets) {
    graph.append({
      kind: 'sink',
      name: sinkOf(label),
      parents: [router],
      topic,
      key,
      value,
      partitioner: null,
      bucket: { internal },
    });
  }
  graph.append({
    kind: 'sink',
    name: deadLetter,
    parents: [router],
    topic: checkName(options.deadLetter),
    key,
    value: (options.deadLetterValue as Serde<unknown> | undefined) ?? value,
    partitioner: null,
    bucket: null,
  });
  const node = declareStep(graph, {
    operator: 'retry',
    name: passed,
    parents: [router],
    supplier: passThrough(),
    stateless: true,
  });
  return scope.stream<KR, Exclude<R, Failure<unknown>>>({
    node,
    name: passed,
    key: result.key,
    value: result.value as Serde<Exclude<R, Failure<unknown>>> | null,
    sources: result.sources,
    rekeyed: result.rekeyed,
  });
}

interface Bucket {
  /** Ends the names of its nodes: its place and its delay. */
  readonly label: string;
  readonly topic: string;
  readonly internal: boolean;
}

function bucketsOf(
  name: string,
  options: Pick<RetryOptions<unknown, unknown>, 'delaysMs' | 'topics'>,
): readonly Bucket[] {
  const { delaysMs, topics } = options;
  if (topics !== undefined && topics.length !== delaysMs.length) {
    throw new StreamsError(
      'TOPOLOGY_INVALID',
      `retry (${name}): ${delaysMs.length} delays but ${topics.length} topics; give one topic for each delay, or none.`,
    );
  }
  const wrong = delaysMs.find((delay) => !(Number.isSafeInteger(delay) && delay >= 0));
  if (wrong !== undefined) {
    throw new StreamsError(
      'TOPOLOGY_INVALID',
      `retry (${name}): the delay ${wrong} is not a whole number of ms, 0 or more.`,
    );
  }
  return delaysMs.map((delay, i) => {
    const topic = topics?.[i];
    const label = topic === undefined ? duration(delay) : String(i + 1);
    return topic === undefined
      ? { label, topic: checkName(`${name}-retry-${label}`), internal: true }
      : { label, topic: checkName(topic), internal: false };
  });
}

function pauseOf(
  name: string,
  { pauseAboveLag, resumeAtLag }: Pick<RetryOptions<unknown, unknown>, 'pauseAboveLag' | 'resumeAtLag'>,
): LagPause | null {
  if (pauseAboveLag === undefined) {
    if (resumeAtLag === undefined) return null;
    throw new StreamsError('TOPOLOGY_INVALID', `retry (${name}): resumeAtLag means nothing without pauseAboveLag.`);
  }
  const pause = { above: pauseAboveLag, resumeAt: resumeAtLag ?? Math.floor(pauseAboveLag / 2) };
  const whole = Number.isSafeInteger(pause.above) && Number.isSafeInteger(pause.resumeAt);
  if (whole && pause.resumeAt >= 0 && pause.resumeAt <= pause.above) return Object.freeze(pause);
  throw new StreamsError(
    'TOPOLOGY_INVALID',
    `retry (${name}): pauseAboveLag ${pause.above} and resumeAtLag ${pause.resumeAt} must be whole numbers of records, 0 or more, the second not above the first.`,
  );
}

/** `5m`, `90s`, `250ms`: the largest unit that divides. */
function duration(ms: number): string {
  if (ms > 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms > 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  if (ms > 0 && ms % 1000 === 0) return `${ms / 1000}s`;
  return `${ms}ms`;
}

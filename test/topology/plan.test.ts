import { describe, expect, it } from 'vitest';
import { serdes } from '../../src/serdes/serdes.ts';
import { failed } from '../../src/processors/options.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { tumbling } from '../../src/topology/windows.ts';
import { nowhere, text, words } from './topologies.ts';

const names = ({ plan }: Topology) => plan.subTopologies.map(({ nodes }) => nodes.map(({ name }) => name));
const topic = ({ plan }: Topology, name: string) => plan.internalTopics.find((one) => one.name === name);

describe('the plan', () => {
  it('names changelogs after their stores, with the settings of Kafka Streams', () => {
    const { builder, stream } = words();
    stream.groupByKey().count({ store: 'n', logConfig: { 'min.insync.replicas': '2' } });
    const windows = tumbling({ sizeMs: 1000, graceMs: 500 });
    stream.groupByKey().windowedBy(windows).count({ store: 'w' });
    stream.groupByKey().count({ store: 'quiet', logged: false });
    const built = builder.build();
    expect(topic(built, 'n-changelog')).toMatchObject({
      kind: 'changelog',
      store: 'n',
      config: { 'cleanup.policy': 'compact', 'min.insync.replicas': '2' },
    });
    expect(topic(built, 'w-changelog')?.config).toMatchObject({
      'cleanup.policy': 'compact,delete',
      'retention.ms': String(1500 + 86_400_000),
    });
    expect(topic(built, 'quiet-changelog')).toBeUndefined();
    expect(built.plan.stores.get('w')).toMatchObject({
      retentionMs: 1500,
      windowSizeMs: 1000,
      kind: 'timestampedWindow',
    });
  });

  it('repartitions where a grouping follows a change of the key, and only there', () => {
    const { builder, stream } = words();
    stream
      .mapValues((value) => value)
      .groupByKey(text)
      .count({ store: 'kept' });
    stream.groupBy((value) => value, { ...text, name: 'by-value' }).count({ store: 'moved' });
    const built = builder.build();
    expect(topic(built, 'by-value-repartition')?.config).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
    });
    expect(built.plan.internalTopics.filter(({ kind }) => kind === 'repartition')).toHaveLength(1);
  });

  it('shares a repartition that has a name between the aggregates of one group', () => {
    const { builder, stream } = words();
    const group = stream.groupBy((value) => value, { ...text, name: 'by-value' });
    group.count({ store: 'n' });
    group.reduce((one, other) => one + other, { store: 'sum' });
    const built = builder.build();
    expect(built.plan.internalTopics.filter(({ kind }) => kind === 'repartition')).toHaveLength(1);
    expect(built.plan.subTopologies).toHaveLength(2);
  });

  it('keeps topics that are joined in one co-partition group', () => {
    const { builder, stream } = words('clicks');
    const users = builder.table('users', text);
    stream.join(users, (click, user) => click + user).to('out', text);
    expect(builder.build().plan.subTopologies[0]?.copartitionGroups).toEqual([['clicks', 'users']]);
  });

  it('lists parents before children and knows the children of each node', () => {
    const { builder, stream } = words();
    stream.filter(() => true, { name: 'some' }).to('out', { name: 'end' });
    expect(
      builder.build().plan.subTopologies[0]?.nodes.map(({ name, parents, children }) => [name, parents, children]),
    ).toEqual([
      ['KSTREAM-SOURCE-0000000000', [], ['some']],
      ['some', ['KSTREAM-SOURCE-0000000000'], ['end']],
      ['end', ['some'], []],
    ]);
  });

  it('prints patterns, name extractors and several topics', () => {
    const builder = new StreamsBuilder();
    builder.stream(/logs-.*/, { ...text, name: 'logs' }).to((key) => `out-${key}`, { name: 'chosen' });
    builder.stream(['b', 'a'], { ...text, name: 'two' }).forEach(() => undefined, { name: 'end' });
    const printed = builder.build().describe();
    expect(printed).toContain('Source: logs (topics: logs-.*)');
    expect(printed).toContain('Source: two (topics: [a, b])');
    expect(printed).toContain('Sink: chosen (extractor class: ');
  });
});

describe('an external sink', () => {
  it('stays behind a stateless path that feeds nothing else', () => {
    const { builder, stream } = words();
    stream.filter((value) => value !== '', { name: 'some' }).sinkTo(nowhere, { name: 'table' });
    const built = builder.build();
    expect(names(built)).toEqual([['KSTREAM-SOURCE-0000000000', 'some', 'table']]);
    expect(built.plan.subTopologies[0]?.external?.name).toBe('table');
    expect(built.plan.internalTopics).toEqual([]);
  });

  it('gets a topic of its own behind a path that also feeds another output', () => {
    const { builder, stream } = words();
    stream.to('copy');
    stream.sinkTo(nowhere, { name: 'table' });
    const built = builder.build();
    expect(names(built)).toEqual([
      ['KSTREAM-SOURCE-0000000000', 'KSTREAM-SINK-0000000001', 'table-to-topic'],
      ['table-from-topic', 'table'],
    ]);
    expect(topic(built, 'table-sink')).toMatchObject({ kind: 'sink', partitions: null });
    expect(built.plan.subTopologies[0]?.external).toBeNull();
    expect(built.describe()).toContain('Sink: table (external: nowhere)');
  });

  it.each([
    ['a store', (given: ReturnType<typeof words>) => given.stream.groupByKey().count().toStream()],
    [
      'async work',
      (given: ReturnType<typeof words>) => given.stream.mapAsync((value) => Promise.resolve(value.length)),
    ],
    [
      'a processor of the application',
      (given: ReturnType<typeof words>) => given.stream.processValues<number>(() => ({ process: () => undefined })),
    ],
  ])('gets a topic of its own behind %s', (_what, path) => {
    const given = words();
    path(given).sinkTo(nowhere, { name: 'table', key: serdes.string, value: serdes.int64 });
    expect(topic(given.builder.build(), 'table-sink')?.kind).toBe('sink');
  });

  it('may be a Delta table, by its path', () => {
    const { builder, stream } = words();
    stream.toDelta('lake/orders', { name: 'rows', mode: 'append', schema: { type: 'struct', fields: [] } });
    expect(builder.build().describe()).toContain('Sink: rows (external: delta orders)');
  });

  it('gets a topic of its own when two stand behind one source', () => {
    const { builder, stream } = words();
    stream.sinkTo(nowhere, { name: 'one' });
    stream.sinkTo(nowhere, { name: 'other' });
    const built = builder.build();
    expect(built.plan.subTopologies.map(({ external }) => external?.name ?? null)).toEqual([null, 'one', 'other']);
  });
});

describe('a retry', () => {
  function built(topics?: readonly string[]): Topology {
    const { builder, stream } = words();
    stream
      .retry(
        { name: 'call', delaysMs: [300_000, 90_000], deadLetter: 'dead', ...(topics ? { topics } : {}) },
        (tries) => tries.mapAsync((value) => Promise.resolve(value.length), { name: 'ask', onError: failed<string> }),
      )
      .to('out', { value: serdes.int32 });
    return builder.build();
  }

  it('has its buckets wait for the input where that is asked for, all by the same bounds', () => {
    const { builder, stream } = words();
    const options = { delaysMs: [1, 2], deadLetter: 'dead', pauseAboveLag: 101 };
    stream.retry({ name: 'call', ...options }, (tries) => tries).to('out');
    const [input, ...buckets] = builder.build().plan.subTopologies[0]?.sources ?? [];
    expect(input?.pause).toBeUndefined();
    expect(buckets.map(({ pause }) => pause)).toEqual([
      { above: 101, resumeAt: 50 },
      { above: 101, resumeAt: 50 },
    ]);
    expect(buckets[0]?.pause).toBe(buckets[1]?.pause);
  });

  it('reads its buckets together with the input and writes to them', () => {
    const topology = built();
    const [sub] = topology.plan.subTopologies;
    expect(topology.plan.subTopologies).toHaveLength(1);
    expect(sub?.sources.map(({ topics, internal, notBefore }) => [topics, internal, notBefore !== null])).toEqual([
      [['in'], false, false],
      [['call-retry-5m'], true, true],
      [['call-retry-90s'], true, true],
    ]);
    expect(sub?.sinks.map(({ name, topic, internal }) => [name, topic, internal])).toEqual([
      ['call-bucket-5m', 'call-retry-5m', true],
      ['call-bucket-90s', 'call-retry-90s', true],
      ['call-dead-letter', 'dead', false],
      ['KSTREAM-SINK-0000000003', 'out', false],
    ]);
    expect(topic(topology, 'call-retry-5m')).toMatchObject({ kind: 'retry' });
    expect(sub?.nodes.find(({ name }) => name === 'call-attempts')?.parents).toEqual([
      'KSTREAM-SOURCE-0000000000',
      'call-bucket-5m-source',
      'call-bucket-90s-source',
    ]);
  });

  it('uses the topics it is given, which it does not make', () => {
    const topology = built(['retry.5m', 'retry.90s']);
    expect(topology.plan.internalTopics.filter(({ kind }) => kind === 'retry')).toEqual([]);
    expect(topology.plan.subTopologies[0]?.copartitionGroups).toContainEqual(['in', 'retry.5m', 'retry.90s']);
  });
});

import { describe, expect, it } from 'vitest';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import type { KStream } from '../../src/topology/stream.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { driven, text } from './driven.ts';

function built(declare: (stream: KStream<string, string>, builder: StreamsBuilder) => void): Topology {
  const builder = new StreamsBuilder();
  declare(builder.stream('in', text), builder);
  return builder.build();
}

const repartitions = ({ plan }: Topology): string[] =>
  plan.internalTopics.filter(({ kind }) => kind === 'repartition').map(({ name }) => name);
const joined = (left: string, right: string): string => `${left}+${right}`;

describe('topology and names, as in Kafka Streams', () => {
  it('rule 28: operators that may change the key only mark the stream; the next grouping makes the topic', () => {
    const rekeying: readonly ((stream: KStream<string, string>) => KStream<string, string>)[] = [
      (stream) => stream.map((value) => [value, value]),
      (stream) => stream.flatMap((value) => [[value, value]]),
      (stream) => stream.selectKey((value) => value),
      (stream) => stream.process<string, string>(() => ({ process: () => undefined })),
    ];
    for (const rekey of rekeying) {
      expect(repartitions(built((stream) => rekey(stream).to('out', text)))).toEqual([]);
      expect(repartitions(built((stream) => rekey(stream).groupByKey(text).count()))).toHaveLength(1);
    }
    const keeping = built((stream) =>
      stream
        .mapValues((value) => value)
        .flatMapValues((value) => [value])
        .processValues<string>(() => ({ process: () => undefined }))
        .groupByKey(text)
        .count(),
    );
    expect(repartitions(keeping)).toEqual([]);
  });

  it('rule 28: a merge is marked if either side is', () => {
    const merged = built((stream) =>
      stream
        .merge(stream.selectKey((value) => value))
        .groupByKey(text)
        .count(),
    );
    expect(repartitions(merged)).toHaveLength(1);
  });

  it('rule 28: two groupings below one marked stream make two topics, unless they are merged', () => {
    const builder = new StreamsBuilder();
    const marked = builder.stream('in', text).selectKey((value) => value);
    marked.groupByKey(text).count({ store: 'one' });
    marked.groupByKey(text).count({ store: 'two' });
    expect(repartitions(builder.build())).toEqual(['one-repartition', 'two-repartition']);
    expect(repartitions(builder.build({ optimization: ['merge.repartition.topics'] }))).toEqual(['one-repartition']);
  });

  it('rule 29: names are the prefix and a ten-digit counter, of which a repartition takes three', () => {
    const topology = built((stream) =>
      stream
        .selectKey((value) => value)
        .repartition({ name: 'mine', ...text })
        .filter(() => true)
        .to('out', text),
    );
    const names = topology.plan.subTopologies.flatMap(({ nodes }) => nodes.map(({ name }) => name));
    expect(names).toEqual([
      'KSTREAM-SOURCE-0000000000',
      'KSTREAM-KEY-SELECT-0000000001',
      'mine-repartition-filter',
      'mine-repartition-sink',
      'mine-repartition-source',
      'KSTREAM-FILTER-0000000005',
      'KSTREAM-SINK-0000000006',
    ]);
  });

  it('rule 30: topics are named and configured after what they are for', () => {
    const { plan } = built((stream, builder) => {
      stream.groupBy((value) => value, { ...text, name: 'by-value' }).count({ store: 'counts' });
      builder.table('rows', { ...text, store: 'history', versioned: { historyRetentionMs: 5000 } });
    });
    expect(Object.fromEntries(plan.internalTopics.map(({ name, config }) => [name, config]))).toEqual({
      'by-value-repartition': {
        'message.timestamp.type': 'CreateTime',
        'cleanup.policy': 'delete',
        'retention.ms': '-1',
        'segment.bytes': '52428800',
      },
      'counts-changelog': { 'message.timestamp.type': 'CreateTime', 'cleanup.policy': 'compact' },
      'history-changelog': {
        'message.timestamp.type': 'CreateTime',
        'cleanup.policy': 'compact',
        'min.compaction.lag.ms': String(5000 + 24 * 60 * 60 * 1000),
      },
    });
  });

  it('rule 31: the first branch that matches takes the record; none does: it is dropped, or goes to the default', async () => {
    const run = (byDefault: boolean): Promise<string[]> =>
      driven(
        (builder) => {
          const split = builder
            .stream('in', text)
            .split({ name: 'by-' })
            .branch((value) => value.startsWith('a'), { name: 'a' })
            .branch(() => false);
          const branches: Readonly<Record<string, KStream<string, string>>> = byDefault
            ? split.default()
            : split.noDefault();
          for (const [name, branch] of Object.entries(branches)) {
            branch.mapValues((value) => `${name}:${value}`).to('out', text);
          }
        },
        [
          ['in', 'k', 'ab', 1],
          ['in', 'k', 'b', 2],
        ],
      );
    expect(await run(false)).toEqual(['k=a:ab@1']);
    expect(await run(true)).toHaveLength(2);
  });

  it('rule 32: a name is of letters, digits, dot, underscore and hyphen, not empty, not dots alone, at most 249 long', () => {
    const named = (name: string) => () => built((stream) => stream.filter(() => true, { name }).to('out', text));
    for (const name of ['', '.', '..', 'a b', 'a/b', 'ä', 'x'.repeat(250)])
      expect(named(name)).toThrow('cannot be used');
    for (const name of ['a.b_c-D9', 'x'.repeat(249)]) expect(named(name)).not.toThrow();
  });

  it('rule 33: describe prints the text of Kafka Streams', () => {
    const topology = built((stream) =>
      stream
        .groupByKey()
        .count({ store: 'counts' })
        .toStream()
        .to(() => 'out', { key: text.key }),
    );
    expect(topology.describe()).toMatch(
      /^Topologies:\n {3}Sub-topology: 0\n {4}Source: KSTREAM-SOURCE-0000000000 \(topics: \[in\]\)\n {6}--> KSTREAM-AGGREGATE-0000000001\n {4}Processor: KSTREAM-AGGREGATE-0000000001 \(stores: \[counts\]\)\n/,
    );
    expect(topology.describe()).toContain('(extractor class:');
  });

  it('rule 34: sub-topologies are numbered in the order of their first node', () => {
    const { plan } = built((stream, builder) => {
      stream
        .selectKey((value) => value)
        .groupByKey(text)
        .count();
      builder.stream('other', text).to('out', text);
    });
    expect(plan.subTopologies.map(({ id, sources }) => [id, sources.map(({ topics }) => topics.join())])).toEqual([
      [0, ['in']],
      [1, [expect.stringContaining('-repartition')]],
      [2, ['other']],
    ]);
  });

  it('rule 24: a join of tables passes a deletion on only where a result could exist', async () => {
    const out = await driven(
      (builder) => builder.table('left', text).join(builder.table('right', text), joined).toStream().to('out', text),
      [
        ['left', 'a', null, 1],
        ['left', 'a', 'l', 2],
        ['left', 'a', null, 3],
        ['right', 'a', 'r', 4],
        ['left', 'a', 'l', 5],
        ['left', 'a', null, 6],
        ['left', 'a', null, 7],
      ],
    );
    expect(out).toEqual(['a=l+r@5', 'a=null@6', 'a=null@7']);
  });
});

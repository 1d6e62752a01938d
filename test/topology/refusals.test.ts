import { describe, expect, it } from 'vitest';
import { serdes } from '../../src/serdes/serdes.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import { keyValueStore } from '../../src/topology/stores.ts';
import { hopping, tumbling } from '../../src/topology/windows.ts';
import { nowhere, text, words } from './topologies.ts';

const invalid = (...parts: string[]) =>
  expect.objectContaining({
    code: 'TOPOLOGY_INVALID',
    message: expect.stringMatching(new RegExp(parts.map((part) => part.replace(/[.()]/g, '\\$&')).join('.*'), 's')),
  });
const passing = () => ({ process: () => undefined });

describe('a topology that cannot work is refused with what to do', () => {
  it('without a source', () => {
    expect(() => new StreamsBuilder().build()).toThrow(invalid('reads no topic', 'builder.stream'));
  });

  it('with an empty list of topics', () => {
    expect(() => new StreamsBuilder().stream([])).toThrow(invalid('KSTREAM-SOURCE-0000000000', 'at least one'));
  });

  it('with a name that cannot be part of a topic name', () => {
    expect(() => words().stream.filter(() => true, { name: 'a b' })).toThrow(invalid('a b', 'only letters'));
  });

  it('with two nodes of one name', () => {
    const { builder, stream } = words();
    stream.filter(() => true, { name: 'same' }).to('a');
    stream.filter(() => true, { name: 'same' }).to('b');
    expect(() => builder.build()).toThrow(invalid('Two nodes', 'same', 'name'));
  });

  it('with two stores of one name', () => {
    const { builder, stream } = words();
    stream.groupByKey().count({ store: 'n' });
    stream.groupByKey().count({ store: 'n' });
    expect(() => builder.build()).toThrow(invalid('Two stores', 'n'));
  });

  it('with a store that is not there', () => {
    const { builder, stream } = words();
    stream.process(passing, { name: 'mine', stores: ['missing'] });
    expect(() => builder.build()).toThrow(invalid('mine', 'missing', 'addStore'));
  });

  it('with a store that nobody uses', () => {
    const { builder } = words();
    builder.addStore(keyValueStore({ name: 'idle', ...text }));
    expect(() => builder.build()).toThrow(invalid('idle', 'stores'));
  });

  it('when a table and a stream read one topic', () => {
    const { builder } = words();
    builder.table('in', text);
    expect(() => builder.build()).toThrow(invalid('Topic in', 'read twice', 'toStream()'));
  });

  it('when two streams share some of their topics', () => {
    const builder = new StreamsBuilder();
    builder.stream(['a', 'b'], text);
    builder.stream(['b', 'c'], text);
    expect(() => builder.build()).toThrow(invalid('Topic b', 'KSTREAM-SOURCE-0000000000', 'KSTREAM-SOURCE-0000000001'));
  });

  it('when two streams of one topic begin at different places', () => {
    const builder = new StreamsBuilder();
    builder.stream('a', { ...text, offsetReset: 'latest' });
    builder.stream('a', text);
    expect(() => builder.build()).toThrow(invalid('offsetReset'));
  });

  it('when a pattern matches a topic that is read by name', () => {
    const builder = new StreamsBuilder();
    builder.stream('events.raw', text);
    builder.stream(/events\..*/, text);
    expect(() => builder.build()).toThrow(invalid('events.raw', 'pattern'));
  });

  it('when records would go back to the topic they come from', () => {
    const { builder, stream } = words('in');
    stream.mapValues((value) => value, { name: 'again' }).to('in', text);
    expect(() => builder.build()).toThrow(invalid('KSTREAM-SINK', 'in', 'for ever'));
  });

  it('but not when a topic is written here and read there', () => {
    const { builder, stream } = words('in');
    stream.to('between');
    builder.stream('between', text).to('out');
    expect(builder.build().plan.subTopologies).toHaveLength(2);
  });

  it('without a serde for a repartition topic', () => {
    const { builder, stream } = words();
    stream.groupBy((value) => value.length).count();
    expect(() => builder.build()).toThrow(invalid('keys', 'repartition topic', '`key`', 'count'));
  });

  it('without a serde for a sink', () => {
    const { builder, stream } = words();
    stream.mapValues((value) => value.length).to('out', { name: 'lengths' });
    expect(() => builder.build()).toThrow(invalid('lengths', 'values', 'topic out', '`value`'));
  });

  it('without a serde for a store', () => {
    const { builder, stream } = words();
    stream.groupByKey().aggregate(
      () => 0,
      (value, sum) => sum + value.length,
      { store: 'sums' },
    );
    expect(() => builder.build()).toThrow(invalid('values', 'its store sums', '`value`', 'aggregate'));
  });

  it('without a serde for what is in flight', () => {
    const { stream } = words();
    const lengths = stream.mapValues((value) => value.length);
    expect(() => lengths.mapAsync((value) => Promise.resolve(value), { name: 'call' })).toThrow(
      invalid('mapAsync (call)', 'values', '`value`'),
    );
  });

  it('without a serde for the topic before an external sink', () => {
    const { builder, stream } = words();
    const counts = stream.groupByKey().count().toStream();
    counts.mapValues((n) => ({ n })).sinkTo(nowhere, { name: 'table' });
    expect(() => builder.build()).toThrow(invalid('table', 'values', 'table-sink', 'sinkTo'));
  });

  it('when both sides of a join fix other numbers of partitions', () => {
    const { builder, stream } = words();
    const table = builder.stream('other', text).repartition({ name: 'two', partitions: 2 }).toTable();
    stream.repartition({ name: 'three', partitions: 3 }).join(table, (value) => value);
    expect(() => builder.build()).toThrow(invalid('three-repartition', '3', 'two-repartition', '2', 'partitions'));
  });

  it('when the other side belongs to another builder', () => {
    expect(() => words().stream.merge(words().stream)).toThrow(invalid('merge', 'another StreamsBuilder'));
  });

  it('when a split has a branch twice, or is ended twice', () => {
    const { stream } = words();
    const split = stream.split().branch(() => true, { name: 'a' });
    expect(() => split.branch(() => true, { name: 'a' })).toThrow(invalid('two branches', 'a'));
    split.noDefault();
    expect(() => split.noDefault()).toThrow(invalid('ended twice'));
  });

  it('when a window cannot be', () => {
    expect(() => tumbling({ sizeMs: 0 })).toThrow(invalid('sizeMs', '0'));
    expect(() => hopping({ sizeMs: 10, advanceMs: 11 })).toThrow(invalid('advanceMs', '11'));
    expect(() => tumbling({ sizeMs: 10, graceMs: -1 })).toThrow(invalid('graceMs', '-1'));
  });

  it('when a window store forgets before its windows close', () => {
    const { stream } = words();
    const windows = stream.groupByKey().windowedBy(tumbling({ sizeMs: 10, graceMs: 5 }));
    expect(() => windows.count({ retentionMs: 14 })).toThrow(invalid('14 ms', 'retentionMs'));
  });

  it('when a retry has not one topic for each delay, or a delay that is no time', () => {
    const { stream } = words();
    const deadLetter = 'dead';
    expect(() => stream.retry({ delaysMs: [1, 2], topics: ['a'], deadLetter }, (tries) => tries)).toThrow(
      invalid('2 delays but 1 topics'),
    );
    expect(() => stream.retry({ delaysMs: [-1], deadLetter }, (tries) => tries)).toThrow(invalid('-1'));
  });

  it.each([
    [{ pauseAboveLag: -1 }, 'pauseAboveLag -1'],
    [{ pauseAboveLag: 1.5 }, 'pauseAboveLag 1.5'],
    [{ pauseAboveLag: 10, resumeAtLag: 11 }, 'resumeAtLag 11'],
    [{ resumeAtLag: 5 }, 'nothing without pauseAboveLag'],
  ])('when the pause of a retry is %o', (pause, why) => {
    const { stream } = words();
    expect(() => stream.retry({ delaysMs: [1], deadLetter: 'dead', ...pause }, (tries) => tries)).toThrow(invalid(why));
  });

  it('and a serde that stays known through a merge is not asked for again', () => {
    const { builder, stream } = words();
    stream.merge(builder.stream('more', { key: serdes.string, value: serdes.string })).to('out');
    expect(() => builder.build()).not.toThrow();
  });
});

import { describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import { serdes, StreamsBuilder } from '../../../src/index.ts';
import { resolveConfig, type StreamsConfig } from '../../../src/runtime/config.ts';
import { encodeSubscription, USER_DATA_FORMAT } from '../../../src/runtime/group/group-messages.ts';
import { shareOut } from '../../../src/runtime/group/share-out.ts';

const client = embeddedClient(new EmbeddedBroker());
const PARTITIONS = 2;

function subscription(processId: string, offsets: Readonly<Record<string, number>> = {}): Buffer {
  return encodeSubscription({
    topics: ['in'],
    offsets: new Map(Object.entries(offsets)),
    processId,
    tags: {},
    round: 0,
  });
}

const member = (memberId: string, bytes = subscription(memberId)) => ({
  memberId,
  groupInstanceId: null,
  subscription: bytes,
});

async function share(members: readonly ReturnType<typeof member>[], over: Partial<StreamsConfig> = {}) {
  await client.admin.createTopics([{ name: 'in', partitions: PARTITIONS, replicationFactor: 1 }]);
  const builder = new StreamsBuilder();
  builder.stream('in', { key: serdes.string, value: serdes.string }).groupByKey().count({ store: 'counts' });
  const { plan } = builder.build();
  const config = resolveConfig({ applicationId: 'app', kafka: { client }, ...over });
  return shareOut(members, { plan, config, admin: client.admin, processId: 'a' });
}

describe('the leader', () => {
  it('tells each member its tasks, standbys and partitions', async () => {
    const messages = await share([member('a'), member('b')], { numStandbyReplicas: 1 });
    const [a, b] = [messages.get('a'), messages.get('b')];
    expect([...(a?.tasks ?? []), ...(b?.tasks ?? [])].sort()).toEqual(['0_0', '0_1']);
    expect([a?.standbys, b?.standbys]).toEqual([b?.tasks, a?.tasks]);
    expect(a?.owned).toEqual(a?.tasks.map((task) => ({ topic: 'in', partition: Number(task.slice(2)) })));
    expect([a?.probe, b?.probe]).toEqual([false, false]);
  });

  it('asks itself for a further round while tasks wait for warm-ups, by the changelogs as they are', async () => {
    await share([member('a')]);
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (let i = 0; i < 20; i++) producer.send('app-counts-changelog', i % PARTITIONS, Buffer.from('k'), null, 1, []);
    await producer.flush();
    await producer.close();
    const members = [member('a', subscription('a', { '0_0': 10, '0_1': 9 })), member('b')];
    const warming = await share(members, { acceptableRecoveryLag: 5 });
    expect(warming.get('a')).toMatchObject({ tasks: { length: 2 }, probe: true });
    expect(warming.get('b')).toMatchObject({ tasks: [], standbys: { length: 1 }, probe: false });
    const moved = await share(members, { acceptableRecoveryLag: 10 });
    expect([moved.get('a')?.tasks.length, moved.get('b')?.tasks.length, moved.get('a')?.probe]).toEqual([1, 1, false]);
  });

  it('refuses a member that speaks a later format, and nobody else', async () => {
    const bytes = Buffer.from(
      subscription('new').toString('latin1').replace(`"format":${USER_DATA_FORMAT}`, '"format":9'),
      'latin1',
    );
    const messages = await share([member('a'), member('new', bytes)]);
    expect(messages.get('a')?.tasks.length).toBe(PARTITIONS);
    expect(messages.get('new')).toMatchObject({
      tasks: [],
      error: { code: 'ILLEGAL_STATE', message: expect.stringContaining('format 9') },
    });
  });

  it('spreads standbys over racks', async () => {
    const tagged = (id: string, rack: string) =>
      member(id, encodeSubscription({ topics: ['in'], offsets: new Map(), processId: id, tags: { rack }, round: 0 }));
    const messages = await share([tagged('a', 'x'), tagged('b', 'x'), tagged('c', 'y')], {
      numStandbyReplicas: 1,
      rack: 'x',
    });
    const rackOf: Record<string, string> = { a: 'x', b: 'x', c: 'y' };
    for (const task of ['0_0', '0_1']) {
      const holders = [...messages].filter(([, own]) => [...own.tasks, ...own.standbys].includes(task));
      expect(new Set(holders.map(([id]) => rackOf[id]))).toEqual(new Set(['x', 'y']));
    }
  });
});

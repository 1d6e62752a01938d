import { describe, expect, it } from 'vitest';
import type { PartitionOffset } from '../../src/core/record.ts';
import type { CommittedOffset, Producer } from '../../src/kafka/client.ts';
import { commitAtLeastOnce, commitExactlyOnce, sendEverything } from '../../src/runtime/commit.ts';
import type { StreamTask } from '../../src/runtime/stream-task.ts';

/** A task and the two it talks to, which note each step and may fail at one. */
function make(options: { failAt?: string; inFlight?: boolean } = {}) {
  const log: string[] = [];
  const step = async (name: string): Promise<void> => {
    log.push(name);
    if (name === options.failAt) throw new Error(`${name} failed`);
  };
  let flushes = 0;
  const parts = {
    subTopology: {
      stores: [
        { name: 'logged', logged: true },
        { name: 'local', logged: false },
      ],
    },
    partition: 2,
    prepareCommit: () => void log.push('caches'),
    positions: (): PartitionOffset[] => [{ topic: 'in', partition: 2, offset: 7 }],
    keepInFlight: () => {
      log.push('in flight');
      return options.inFlight ?? false;
    },
    state: {
      commit: (positions: ReadonlyMap<string, number>) => step(`state ${JSON.stringify([...positions])}`),
    },
    committed: () => void log.push('done'),
  };
  const producer = {
    flush: () => step(`flush ${++flushes}`),
    acknowledged: (topic: string, partition: number) => (topic === 'app-logged-changelog' && partition === 2 ? 40 : 1),
  };
  const member = {
    membership: null,
    commit: (offsets: readonly CommittedOffset[]) => step(`offsets ${offsets.map(({ offset }) => offset).join()}`),
  };
  const commit = async (): Promise<void> => {
    const { stored } = await commitAtLeastOnce({
      tasks: [parts as unknown as StreamTask],
      producer: producer as unknown as Producer,
      member,
      changelog: (store) => `app-${store}-changelog`,
    });
    await stored;
  };
  return { log, commit };
}

const STATE = 'state [["logged",40]]';

describe('commitAtLeastOnce', () => {
  it('has output acknowledged before positions are committed, and those before local state', async () => {
    const { log, commit } = make();
    await commit();
    expect(log).toEqual(['caches', 'flush 1', 'in flight', 'offsets 7', STATE, 'done']);
  });

  it('has what is in flight acknowledged, too, before the positions are', async () => {
    const { log, commit } = make({ inFlight: true });
    await commit();
    expect(log).toEqual(['caches', 'flush 1', 'in flight', 'flush 2', 'offsets 7', STATE, 'done']);
  });

  it.each([
    ['flush 1', ['caches', 'flush 1']],
    ['flush 2', ['caches', 'flush 1', 'in flight', 'flush 2']],
    ['offsets 7', ['caches', 'flush 1', 'in flight', 'flush 2', 'offsets 7']],
    [STATE, ['caches', 'flush 1', 'in flight', 'flush 2', 'offsets 7', STATE, 'done']],
  ])(
    'does nothing more when “%s” fails, and the task stays dirty unless its positions are committed',
    async (failAt, reached) => {
      const { log, commit } = make({ failAt, inFlight: true });
      await expect(commit()).rejects.toThrow(`${failAt} failed`);
      expect(log).toEqual(reached);
    },
  );
});

describe('commitExactlyOnce', () => {
  const membership = { groupId: 'app', generationId: 1, memberId: 'm', groupInstanceId: null };

  function makeExact(failAt = '') {
    const log: string[] = [];
    const step = async (name: string): Promise<void> => {
      log.push(name);
      if (name === failAt) throw new Error(`${name} failed`);
    };
    const task = {
      subTopology: { stores: [] },
      partition: 2,
      prepareCommit: () => void log.push('caches'),
      keepInFlight: () => void log.push('in flight'),
      positions: (): CommittedOffset[] => [{ topic: 'in', partition: 2, offset: 7, metadata: 'stream time' }],
      state: { commit: () => step('state') },
      committed: () => void log.push('done'),
    };
    const producer = {
      flush: () => step('flush'),
      sendOffsets: (_group: unknown, offsets: readonly CommittedOffset[]) =>
        step(`offsets ${offsets.map(({ offset, metadata }) => `${offset} ${metadata}`).join()}`),
      commitTransaction: () => step('end'),
      beginTransaction: () => void log.push('begin'),
    };
    const commit = async (): Promise<void> => {
      const { stored } = await commitExactlyOnce({
        tasks: [task as unknown as StreamTask],
        producer: producer as unknown as Producer,
        member: {
          commit: () => step('never'),
          membership: { ...membership, assignment: Buffer.alloc(0), leader: true },
        },
        changelog: (store) => store,
      });
      await stored;
    };
    return { log, commit };
  }

  const steps = ['caches', 'in flight', 'flush', 'offsets 7 stream time', 'end', 'begin', 'state', 'done'];

  it('puts positions, with what is remembered beside them, into the transaction, and local state on disk after it', async () => {
    const { log, commit } = makeExact();
    await commit();
    expect(log).toEqual(steps);
  });

  it('is over for its tasks before local state is on disk', async () => {
    const { log, commit } = makeExact('state');
    await expect(commit()).rejects.toThrow('state failed');
    expect(log).toEqual(steps);
  });

  it.each(['flush', 'offsets 7 stream time', 'end'])(
    'does nothing more when “%s” fails, and the task stays dirty',
    async (failAt) => {
      const { log, commit } = makeExact(failAt);
      await expect(commit()).rejects.toThrow(`${failAt} failed`);
      expect(log).toEqual(steps.slice(0, steps.indexOf(failAt) + 1));
    },
  );
});

describe('sendEverything', () => {
  it('waits for topics that are looked up, also those that cached records name', async () => {
    const log: string[] = [];
    let lookups = 0;
    const collector = {
      blocked: false,
      lookedUp: async () => {
        log.push('looked up');
        collector.blocked = false;
      },
    };
    const task = {
      collector,
      prepareCommit: () => {
        log.push('caches');
        collector.blocked = ++lookups <= 2;
      },
      runSteps: () => void log.push('steps'),
    };
    await sendEverything([task as unknown as StreamTask]);
    expect(log).toEqual(['caches', 'looked up', 'steps', 'caches', 'looked up', 'steps', 'caches']);
  });
});

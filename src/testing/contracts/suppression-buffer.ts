import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serdes } from '../../serdes/serdes.ts';
import type { SuppressionBuffer } from '../../state/store.ts';
import { openStateHarness, recordAt, storeSpec, type StateHarness, type StoreVariant } from './stores.ts';

/** What a suppression buffer promises, for one way of making it. */
export function suppressionBufferContract(variant: StoreVariant): void {
  describe(`suppression buffer, ${variant.title}`, () => {
    let harness: StateHarness;
    const buffer = (): SuppressionBuffer<string, string> => harness.state.store('store');

    beforeEach(async () => {
      const { persistent, cached, onDisk, cacheMaxBytes } = variant;
      const spec = storeSpec({ kind: 'suppression', key: serdes.string, value: serdes.string, persistent, cached });
      harness = await openStateHarness({ specs: [spec], onDisk, cacheMaxBytes });
    });
    afterEach(() => harness.close());

    const commit = async (): Promise<void> => {
      harness.state.flush();
      await harness.state.commit(new Map());
    };
    const take = (until: number): string => {
      const rows: string[] = [];
      buffer().evictWhile(
        (time) => time <= until,
        ({ key, newValue, oldValue, record }) => rows.push(`${key}=${newValue}<${oldValue}@${record.timestamp}`),
      );
      return rows.join(' ');
    };

    it('gives rows in the order of time, then key; an update keeps its place', () => {
      buffer().put(7, 'b', 'x', null, recordAt(1));
      buffer().put(5, 'z', 'x', null, recordAt(2));
      buffer().put(5, 'a', 'x', null, recordAt(3));
      buffer().put(99, 'b', 'y', 'x', recordAt(4));
      expect(buffer().size).toBe(3);
      expect(take(4)).toBe('');
      expect(take(6)).toBe('a=x<null@3 z=x<null@2');
      expect(take(7)).toBe('b=y<x@4');
      expect([buffer().size, buffer().bytes]).toEqual([0, 0]);
    });

    it('knows what a row was before it began to wait', () => {
      buffer().put(5, 'a', 'y', 'x', recordAt(1));
      buffer().put(6, 'a', null, 'y', recordAt(2));
      buffer().put(6, 'b', 'x', null, recordAt(2));
      expect(buffer().priorOf('a')).toEqual({ value: 'x' });
      expect(buffer().priorOf('b')).toEqual({ value: null });
      expect(buffer().priorOf('c')).toBeNull();
    });

    it('counts bytes as Kafka Streams does: time, key, values, context; an old value that is the prior one once', () => {
      buffer().put(5, 'ab', 'xyz', 'old', recordAt(1));
      expect(buffer().bytes).toBe(8 + 2 + 3 + 3 + 20 + 'input'.length);
      buffer().put(5, 'ab', 'x', 'xyz', recordAt(1));
      expect(buffer().bytes).toBe(8 + 2 + 3 + 3 + 1 + 20 + 'input'.length);
    });

    it('writes the changelog as Kafka Streams does, version 3', () => {
      buffer().put(5, 'k', 'new', 'old', recordAt(0x0102, 9));
      harness.state.flush();
      const [record] = harness.log;
      expect(record?.headers).toEqual([{ key: 'v', value: Buffer.of(3) }]);
      expect(record?.key.toString()).toBe('k');
      expect(record?.value?.toString('hex')).toBe(
        [
          '0000000000000102', // timestamp
          '0000000000000009', // offset
          '00000005696e707574', // topic
          '00000000', // partition
          '00000000', // headers
          '000000036f6c64', // prior
          'fffffffe', // old: the same
          '000000036e6577', // new
          '0000000000000005', // buffer time
        ].join(''),
      );
      take(5);
      harness.state.flush();
      expect(harness.log.at(-1)).toMatchObject({ value: null, headers: [] });
    });

    it('is what its changelog says after a restore', async () => {
      buffer().put(5, 'a', 'x', null, recordAt(1));
      buffer().put(3, 'b', 'y', null, recordAt(2));
      buffer().put(4, 'c', 'z', null, recordAt(3));
      harness.state.flush();
      take(3);
      harness.state.flush();
      const log = [...harness.log];
      await harness.state.wipe('store');
      expect(buffer().size).toBe(0);
      harness.state.restore('store', log);
      await harness.state.restored('store', log.length);
      expect(take(9)).toBe('c=z<null@3 a=x<null@1');
    });

    it('finds the last commit after a crash', async () => {
      buffer().put(5, 'a', 'x', null, recordAt(1));
      await commit();
      buffer().put(6, 'b', 'y', null, recordAt(2));
      take(5);
      harness.state.flush();
      await harness.crash();
      expect(take(9)).toBe(variant.onDisk && variant.persistent ? 'a=x<null@1' : '');
    });

    it('forgets on rollback what was not committed', async () => {
      buffer().put(5, 'a', 'x', null, recordAt(1));
      await commit();
      take(5);
      buffer().put(6, 'b', 'y', null, recordAt(2));
      harness.state.rollback();
      expect(buffer().size).toBe(1);
      expect(take(9)).toBe('a=x<null@1');
    });
  });
}

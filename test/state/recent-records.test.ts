import { describe, expect, it } from 'vitest';
import { PAGE_RECORDS } from '../../src/state/record-page.ts';
import { RecentRecords } from '../../src/state/recent-records.ts';

const UNLIMITED = { indexMaxBytes: Infinity, valuesMaxBytes: Infinity };
const TIGHT = { indexMaxBytes: 150_000, valuesMaxBytes: 130_000 };
const VALUE = Buffer.alloc(100, 'v');

/** Text of what a key has, oldest arrival first. */
function found(records: RecentRecords, key: string, first: number, last: number): string[] {
  const numbers: number[] = [];
  records.find(Buffer.from(key), first, last, numbers);
  return numbers
    .reverse()
    .map((number) => `${records.valueOf(number)?.toString() ?? 'gone'}@${records.timeOf(number)}`);
}

function add(records: RecentRecords, key: string, value: string, time: number, oldest = 0): void {
  records.add(Buffer.from(key), Buffer.from(value), time, 1, oldest);
}

/** Records of a page and a bit more, one for each time from `from` on. */
function fill(records: RecentRecords, from: number, count: number, oldest = 0): void {
  for (let i = 0; i < count; i++) records.add(Buffer.from(`fill-${i % 50}`), VALUE, from + i, i, oldest);
}

function commit(records: RecentRecords): string[] {
  const written: string[] = [];
  records.beginCommit();
  for (const [page, from, to] of records.toCommit()) {
    for (let at = from; at < to; at++) written.push(`${page.key(at).toString()}@${page.times[at]}`);
  }
  records.endCommit();
  return written;
}

describe('the latest records of a join', () => {
  it('are found by key and time as a plain list has them, in whatever order they come', () => {
    const records = new RecentRecords(UNLIMITED);
    const plain: { key: string; value: string; time: number }[] = [];
    let seed = 3;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (seed >>> 8) % below;
    };
    for (let i = 0; i < 5_000; i++) {
      const entry = { key: `k${random(700)}`, value: `v${i}`, time: Math.max(0, i - random(300)) };
      plain.push(entry);
      add(records, entry.key, entry.value, entry.time);
    }
    for (let i = 0; i < 700; i++) {
      const first = random(5_000);
      const last = first + random(2_000);
      const expected = plain.filter(({ key, time }) => key === `k${i}` && time >= first && time <= last);
      expect(found(records, `k${i}`, first, last)).toEqual(expected.map(({ value, time }) => `${value}@${time}`));
    }
  });

  it('of one key are not those of a longer one', () => {
    const records = new RecentRecords(UNLIMITED);
    add(records, 'k', 'one', 1);
    add(records, 'kk', 'two', 1);
    add(records, '', 'none', 1);
    expect(found(records, 'k', 0, 9)).toEqual(['one@1']);
    expect(found(records, '', 0, 9)).toEqual(['none@1']);
  });

  it('may be larger than a page', () => {
    const records = new RecentRecords(UNLIMITED);
    const key = 'k'.repeat(40_000);
    const value = 'v'.repeat(300_000);
    add(records, key, value, 1);
    add(records, 'k', 'small', 2);
    expect(found(records, key, 0, 9)).toEqual([`${value}@1`]);
    expect(found(records, 'k', 0, 9)).toEqual(['small@2']);
  });

  it('leave when all of a page have expired, committed or not, and are not to be written any more', () => {
    const records = new RecentRecords(UNLIMITED);
    fill(records, 0, PAGE_RECORDS);
    const full = records.uncommittedBytes;
    fill(records, 5_000, 1, 4_000);
    expect(records.uncommittedBytes).toBeLessThan(full / 100);
    expect(found(records, 'fill-0', 0, 4_999)).toEqual([]);
    expect(commit(records)).toEqual(['fill-0@5000']);
    expect(records.uncommittedBytes).toBe(0);
  });

  it('stay while a commit is writing them, though they expire meanwhile', () => {
    const records = new RecentRecords(UNLIMITED);
    fill(records, 0, PAGE_RECORDS);
    records.beginCommit();
    fill(records, 5_000, 1, 4_000);
    expect([...records.toCommit()].map(([, from, to]) => to - from)).toEqual([PAGE_RECORDS]);
    records.undoCommit();
    records.forgetBefore(4_000);
    expect(commit(records)).toEqual(['fill-0@5000']);
  });

  it('are each in one commit, and in the next one when it failed', () => {
    const records = new RecentRecords(UNLIMITED);
    add(records, 'a', 'v', 1);
    expect(commit(records)).toEqual(['a@1']);
    add(records, 'b', 'v', 2);
    records.beginCommit();
    add(records, 'c', 'v', 3);
    records.undoCommit();
    expect(commit(records)).toEqual(['b@2', 'c@3']);
    expect(commit(records)).toEqual([]);
  });

  it('let go of values first, then of their times, the oldest that are on disk first', () => {
    const records = new RecentRecords(TIGHT);
    for (let i = 0; i < 4; i++) {
      fill(records, i * PAGE_RECORDS, PAGE_RECORDS);
      commit(records);
    }
    expect(found(records, 'fill-7', 0, PAGE_RECORDS - 1)[0]).toBe('gone@7');
    expect(found(records, 'fill-7', 3 * PAGE_RECORDS, 9_999)[0]).toBe(`${VALUE.toString()}@${3 * PAGE_RECORDS + 7}`);
    expect(records.completeFrom).toBe(0);
    fill(records, 4 * PAGE_RECORDS, PAGE_RECORDS);
    commit(records);
    expect(records.completeFrom).toBe(PAGE_RECORDS);
    expect(found(records, 'fill-7', 0, PAGE_RECORDS - 1)).toEqual([]);
  });

  it('keep to no limit before they are on disk', () => {
    const records = new RecentRecords(TIGHT);
    fill(records, 0, 20 * PAGE_RECORDS);
    expect(found(records, 'fill-7', 0, 7)).toEqual([`${VALUE.toString()}@7`]);
    expect(commit(records)).toHaveLength(20 * PAGE_RECORDS);
    expect(found(records, 'fill-7', 0, 7)).toEqual([]);
    expect(records.completeFrom).toBeGreaterThan(10 * PAGE_RECORDS);
  });

  it('are forgotten as a whole, and later ones are found', () => {
    const records = new RecentRecords(UNLIMITED);
    add(records, 'a', 'v', 1);
    records.clear(2);
    expect(records.uncommittedBytes).toBe(0);
    expect(found(records, 'a', 0, 9)).toEqual([]);
    add(records, 'a', 'w', 3);
    expect(found(records, 'a', 0, 9)).toEqual(['w@3']);
    expect(commit(records)).toEqual(['a@3']);
  });
});

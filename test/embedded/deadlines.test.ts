import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../src/embedded/deadlines.ts';

describe('deadlines', () => {
  it('run in the order of their times, then of scheduling', () => {
    const deadlines = new Deadlines();
    const ran: string[] = [];
    for (const at of [5, 3, 9, 1, 3, 7]) deadlines.schedule(at, () => ran.push(`${at}#${ran.length}`));
    deadlines.run(6);
    expect(ran).toEqual(['1#0', '3#1', '3#2', '5#3']);
    expect(deadlines.next()).toBe(7);
    deadlines.run(100);
    expect(ran).toHaveLength(6);
    expect(deadlines.next()).toBeNull();
  });

  it('do not run once cancelled, and do not keep the next time', () => {
    const deadlines = new Deadlines();
    const ran: number[] = [];
    const first = deadlines.schedule(1, () => ran.push(1));
    deadlines.schedule(2, () => ran.push(2));
    first.cancel();
    expect(deadlines.next()).toBe(2);
    deadlines.run(5);
    expect(ran).toEqual([2]);
  });

  it('tell when the next one becomes an earlier one', () => {
    const deadlines = new Deadlines();
    let earlier = 0;
    deadlines.onEarlier = () => earlier++;
    deadlines.schedule(10, () => {});
    deadlines.schedule(20, () => {});
    deadlines.schedule(5, () => {});
    expect(earlier).toBe(2);
  });

  it('may schedule while they run', () => {
    const deadlines = new Deadlines();
    const ran: number[] = [];
    deadlines.schedule(1, () => {
      ran.push(1);
      deadlines.schedule(2, () => ran.push(2));
      deadlines.schedule(50, () => ran.push(50));
    });
    deadlines.run(10);
    expect(ran).toEqual([1, 2]);
  });
});

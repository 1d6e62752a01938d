import { describe, expect, it } from 'vitest';
import { Deliveries } from '../../../src/kafka/producer/deliveries.ts';

describe('Deliveries', () => {
  it('waits for the batches begun before, not for later ones', async () => {
    const deliveries = new Deliveries();
    const first = deliveries.begin();
    const waiting = deliveries.all();
    deliveries.begin();
    deliveries.done(first, null);
    await expect(waiting).resolves.toBeUndefined();
  });

  it('tells the first failure, once', async () => {
    const deliveries = new Deliveries();
    const [a, b] = [deliveries.begin(), deliveries.begin()];
    deliveries.done(a, new Error('first'));
    deliveries.done(b, new Error('second'));
    await expect(deliveries.all()).rejects.toThrow('first');
    await expect(deliveries.all()).resolves.toBeUndefined();
  });

  it('counts both halves of a batch that was split', async () => {
    const deliveries = new Deliveries();
    const serial = deliveries.begin();
    deliveries.split(serial);
    let done = false;
    const waiting = deliveries.all().then(() => (done = true));
    deliveries.done(serial, null);
    await Promise.resolve();
    expect(done).toBe(false);
    deliveries.done(serial, null);
    await waiting;
    expect(done).toBe(true);
  });
});

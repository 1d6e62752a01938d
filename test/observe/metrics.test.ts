import { describe, expect, it } from 'vitest';

import { counterFrom, createMetricsRegistry, gaugeFrom } from '../../src/observe/metrics.ts';

const NAME = 'kafka_stream_task_process_total';

describe('counterFrom', () => {
  it('reads the number when somebody scrapes, not before', async () => {
    const registry = createMetricsRegistry();
    let processed = 0;
    let reads = 0;
    const read = () => (reads++, processed);
    counterFrom(registry, { name: NAME, help: 'Records processed.', labels: { task: '0_0' }, read });
    processed = 41;
    expect(reads).toBe(0);
    expect(await registry.metrics()).toContain(`${NAME}{task="0_0"} 41`);
    processed = 42;
    expect(await registry.metrics()).toContain(`${NAME}{task="0_0"} 42`);
  });

  it('shows several tasks under one name, and adds up equal labels', async () => {
    const registry = createMetricsRegistry();
    const add = (task: string, value: number) =>
      counterFrom(registry, { name: NAME, help: 'Records processed.', labels: { task }, read: () => value });
    add('0_0', 1);
    add('0_1', 2);
    add('0_1', 3);
    const text = await registry.metrics();
    expect(text).toContain(`${NAME}{task="0_0"} 1`);
    expect(text).toContain(`${NAME}{task="0_1"} 5`);
    expect(text.match(/# TYPE/g)).toHaveLength(1);
  });

  it('takes a task away when it is closed', async () => {
    const registry = createMetricsRegistry();
    const remove = counterFrom(registry, { name: NAME, help: 'h', labels: { task: '0_0' }, read: () => 7 });
    remove();
    expect(await registry.metrics()).not.toContain('0_0');
  });
});

describe('gaugeFrom', () => {
  it('may go down again', async () => {
    const registry = createMetricsRegistry();
    let lag = 10;
    gaugeFrom(registry, { name: 'kafka_stream_task_records_lag', help: 'h', labels: { task: '0_0' }, read: () => lag });
    expect(await registry.metrics()).toContain('{task="0_0"} 10');
    lag = -1;
    expect(await registry.metrics()).toContain('{task="0_0"} -1');
  });
});

import { describe, expect, it } from 'vitest';

import { configOf } from '../../src/cli/flags.ts';
import { runSources, selectSources } from '../../src/cli/run-sources.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import type { AppDefinition } from '../../src/runtime/define-app.ts';
import type { SourcePlan } from '../../src/runtime/source-runner.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { fakeTerminal } from './terminal-fixture.ts';

/** One record at the first poll, nothing after it. */
const plan: SourcePlan = {
  topic: 'raw',
  key: serdes.string,
  value: serdes.string,
  pollIntervalMs: 5,
  source: {
    description: 'one record',
    open: (state) => {
      let done = state.size > 0;
      return {
        poll: async () => {
          const records = done ? [] : [{ key: 'k', value: 'v', timestamp: 1 }];
          done = true;
          return { records, state: new Map([['done', Buffer.from('1')]]), more: false, behindMs: 0 };
        },
        close: async () => undefined,
      };
    },
  },
};
const app: AppDefinition = {
  name: 'polled',
  description: '',
  stages: [],
  sources: [{ name: 'one', applicationId: 'polled-one', plan: () => plan }],
};

describe('the sources of an application', () => {
  it('are chosen by name', () => {
    expect(selectSources(app, [])).toHaveLength(1);
    expect(selectSources(app, ['one'])).toHaveLength(1);
    expect(() => selectSources(app, ['on'])).toThrow('did you mean "one"?');
    expect(() => selectSources({ ...app, sources: [] }, [])).toThrow('has no sources');
  });

  it('are polled until the run should end, with health to see', async () => {
    const broker = new EmbeddedBroker();
    const watching = embeddedClient(broker);
    await watching.connect();
    await watching.admin.createTopics([{ name: 'raw', partitions: 1, replicationFactor: -1 }]);
    const stop = new AbortController();
    const { terminal, written } = fakeTerminal();
    const running = runSources(
      { app, sources: selectSources(app, []), config: await configOf({ port: 0, logLevel: 'info' }, {}) },
      {
        terminal,
        stop: stop.signal,
        openCluster: async () => ({
          description: 'a broker in memory',
          registry: null,
          registryUrl: null,
          settings: async () => ({ kafka: { brokers: ['fake:1'] }, registry: null }),
          client: async () => {
            const client = embeddedClient(broker);
            await client.connect();
            return client;
          },
          close: async () => undefined,
        }),
      },
    );
    const fetcher = watching.fetcher();
    fetcher.add('raw', 0, 0);
    await fetcher.arrival(5_000);
    const [chunk] = fetcher.poll();
    expect(chunk?.records.next()).toBe(true);
    expect(chunk?.records.value()?.toString()).toBe('v');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(JSON.stringify(written))?.[0] ?? '';
    for (;;) {
      if ((await fetch(`${url}/health/ready`)).status === 200) break;
    }
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'topology_source_records_total{source="polled-one"} 1',
    );
    stop.abort();
    await running;
    await watching.close();
  });

  it('end the run when one cannot go on', async () => {
    const broken = {
      ...app,
      sources: [
        {
          name: 'one',
          applicationId: 'x',
          plan: () => {
            throw new Error('not configured');
          },
        },
      ],
    };
    const { terminal } = fakeTerminal();
    const adapters = {
      terminal,
      stop: new AbortController().signal,
      openCluster: () => Promise.reject(new Error('no')),
    };
    const options = { app: broken, sources: selectSources(broken, []), config: await configOf({ port: 0 }, {}) };
    await expect(runSources(options, adapters)).rejects.toThrow('not configured');
  });
});

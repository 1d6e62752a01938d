import { afterEach, describe, expect, it } from 'vitest';

import { Health } from '../../src/observe/health.ts';
import { startObserveServer, type ObserveServer } from '../../src/observe/http-server.ts';
import { counterFrom, createMetricsRegistry } from '../../src/observe/metrics.ts';
import type { StatusReport } from '../../src/observe/status.ts';

const status: StatusReport = { app: 'a', startedAt: '', uptimeMs: 1, stages: [], tables: [], deadLetters: [] };
const servers: ObserveServer[] = [];

async function start(health = new Health(), title = 'a') {
  const metrics = createMetricsRegistry();
  counterFrom(metrics, { name: 'some_total', help: 'h', labels: {}, read: () => 3 });
  const picture = {
    svg: async () => '<svg>drawn</svg>',
    overview: async () => '<svg>at a glance</svg>',
    stages: async () => [{ name: 'b & c', svg: '<svg>one stage</svg>' }],
    mermaid: () => 'flowchart LR\n',
    json: () => ({ stages: [] }),
  };
  const server = await startObserveServer({ port: 0, title, health, metrics, status: () => status, picture });
  servers.push(server);
  return { server, get: (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init) };
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('the status server', () => {
  it('listens on loopback only, unless told otherwise', async () => {
    const { server } = await start();
    expect(server.host).toBe('127.0.0.1');
  });

  it('answers readiness with 503 and the reasons while something is missing', async () => {
    const health = new Health();
    let connected = false;
    health.readiness('kafka', () => (connected ? { ready: true } : { ready: false, reason: 'no answer from a:9092' }));
    const { get } = await start(health);
    const before = await get('/health/ready');
    expect(before.status).toBe(503);
    expect(await before.json()).toMatchObject({ ok: false, checks: [{ reason: 'no answer from a:9092' }] });
    connected = true;
    expect((await get('/health/ready')).status).toBe(200);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('serves metrics, status and the diagram, each as what it is', async () => {
    const { get } = await start();
    const type = async (path: string) => (await get(path)).headers.get('content-type');
    expect(await (await get('/metrics')).text()).toContain('some_total 3');
    expect(await (await get('/status')).json()).toEqual(status);
    expect(await type('/topology.svg')).toBe('image/svg+xml');
    expect(await (await get('/topology.mmd')).text()).toBe('flowchart LR\n');
    expect(await type('/topology.json')).toContain('application/json');
  });

  it('shows a page with the diagram in it that loads nothing from elsewhere', async () => {
    const { get } = await start(new Health(), 'a <b>');
    const page = await (await get('/')).text();
    expect(page).toContain('<svg>at a glance</svg>');
    expect(page).toContain('<summary>b &amp; c</summary>');
    expect(page).toContain('<svg>one stage</svg>');
    expect(page).toContain('<h1>a &lt;b&gt;</h1>');
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  it('refuses what it does not know', async () => {
    const { get } = await start();
    expect((await get('/nowhere')).status).toBe(404);
    expect((await get('/status', { method: 'POST' })).status).toBe(405);
  });

  it('says which port is taken and what to do', async () => {
    const { server } = await start();
    const again = startObserveServer({
      port: server.port,
      title: 'b',
      health: new Health(),
      metrics: createMetricsRegistry(),
      status: () => status,
      picture: {
        svg: async () => '',
        overview: async () => '',
        stages: async () => [],
        mermaid: () => '',
        json: () => null,
      },
    });
    await expect(again).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('--port') });
  });
});

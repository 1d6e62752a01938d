import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { DEFAULT_PORT, defaultPortOf, startStatusServer } from '../../src/cli/status-server.ts';
import { Health } from '../../src/observe/health.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { createMetricsRegistry } from '../../src/observe/metrics.ts';
import type { ObserveServer } from '../../src/observe/http-server.ts';

const host = '127.0.0.1';
const options = {
  title: 'a',
  health: new Health(),
  metrics: createMetricsRegistry(),
  status: () => ({ app: 'a', startedAt: '', uptimeMs: 0, stages: [], tables: [], deadLetters: [] }),
  picture: {
    svg: async () => '',
    overview: async () => '',
    stages: async () => [],
    mermaid: () => '',
    json: () => null,
  },
};
let other: Server;
let started: ObserveServer | null = null;
let logged = '';
const logger = createLogger({ destination: { write: (text) => void (logged += text) } });

function listen(port: number): Promise<number> {
  other = createServer();
  return new Promise((resolve) => {
    // Somebody else may have the default port already, which serves as well.
    other.once('error', () => resolve(port));
    other.listen(port, host, () => resolve((other.address() as AddressInfo).port));
  });
}

beforeEach(() => {
  logged = '';
});
afterEach(async () => {
  await started?.close();
  started = null;
  await new Promise((resolve) => other.close(resolve));
});

describe('startStatusServer', () => {
  it('takes any free port, and says so, when the default one is taken', async () => {
    await listen(DEFAULT_PORT);
    started = await startStatusServer({ host }, options, logger);
    expect(started.port).not.toBe(DEFAULT_PORT);
    expect(logged).toContain(`port ${DEFAULT_PORT} is taken, so the page is at ${started.url}`);
  });

  it('is on the default port of the stage, unless a port is configured', async () => {
    const free = await listen(0);
    await new Promise((resolve) => other.close(resolve));
    started = await startStatusServer({ host }, { ...options, defaultPort: free }, logger);
    expect(started.port).toBe(free);
    await started.close();
    const configured = await listen(0);
    await new Promise((resolve) => other.close(resolve));
    started = await startStatusServer({ host, port: configured }, { ...options, defaultPort: free }, logger);
    expect(started.port).toBe(configured);
  });

  it('refuses a configured port that is taken', async () => {
    const port = await listen(0);
    await expect(startStatusServer({ host, port }, options, logger)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('defaultPortOf', () => {
  it('is the port of a stage that runs alone, and 8080 for several or for one without a port', () => {
    expect(defaultPortOf([{ healthPort: 8081 }])).toBe(8081);
    expect(defaultPortOf([{ healthPort: 8081 }, { healthPort: 8082 }])).toBe(DEFAULT_PORT);
    expect(defaultPortOf([{}])).toBe(DEFAULT_PORT);
    expect(defaultPortOf([])).toBe(DEFAULT_PORT);
  });
});

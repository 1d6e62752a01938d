import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { RegistryCore } from '../../src/embedded/registry-core.ts';
import { startRegistryServer } from '../../src/embedded/registry-server.ts';
import type { RegistryServer } from '../../src/embedded/registry-server.ts';
import { confluentRegistry } from '../../src/serdes/confluent-registry.ts';
import { schemaRegistryContract } from '../../src/testing/contracts/schema-registry.ts';

const SCHEMA = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'id', type: 'string' }] });
const NOTE = { name: 'note', type: ['null', 'string'], default: null };
const WITH_NOTE = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'id', type: 'string' }, NOTE] });
const FAST = { retryWaitMs: 1, retryMaxWaitMs: 2 };

describe('the Confluent client over the REST server', () => {
  let server: RegistryServer;
  const core = new RegistryCore();
  beforeAll(async () => {
    server = await startRegistryServer(core);
  });
  afterAll(() => server.close());

  const cases = schemaRegistryContract(async () => confluentRegistry({ url: server.url, ...FAST }));
  it.each(cases)('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  it('asks about every version under a transitive rule', async () => {
    const registry = confluentRegistry({ url: server.url });
    core.setSubjectCompatibility('transitive', 'NONE');
    await registry.register('transitive', JSON.stringify({ type: 'record', name: 'R', fields: [] }));
    await registry.register('transitive', SCHEMA);
    core.setSubjectCompatibility('transitive', 'BACKWARD');
    expect(await registry.compatible('transitive', WITH_NOTE)).toBe(true);
    core.setSubjectCompatibility('transitive', 'BACKWARD_TRANSITIVE');
    expect(await registry.compatible('transitive', WITH_NOTE)).toBe(false);
  });
});

describe('credentials', () => {
  it('are sent as basic authentication', async () => {
    const expected = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    const server = await startRegistryServer(new RegistryCore(), { authorize: (header) => header === expected });
    const registry = confluentRegistry({ url: server.url, basicAuth: { username: 'me', password: 'secret' } });
    expect(await registry.register('s', SCHEMA)).toBe(1);
    const stranger = confluentRegistry({ url: server.url, basicAuth: { username: 'me', password: 'wrong' } });
    await expect(stranger.register('s', SCHEMA)).rejects.toMatchObject({ code: 'CONFIG_INVALID', retriable: false });
    await server.close();
  });

  it('may be a token that changes', async () => {
    const seen: (string | undefined)[] = [];
    const server = await startRegistryServer(new RegistryCore(), { authorize: (header) => seen.push(header) > 0 });
    let turn = 0;
    const registry = confluentRegistry({ url: server.url, token: async () => `token-${++turn}` });
    await registry.register('s', SCHEMA);
    await registry.latest('s');
    expect(seen).toEqual(['Bearer token-1', 'Bearer token-2']);
    await server.close();
  });

  it('do not appear in messages', async () => {
    const registry = confluentRegistry({ url: 'http://me:secret@127.0.0.1:1/path', retries: 0 });
    const error: unknown = await registry.latest('s').catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('http://127.0.0.1:1/path');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret');
  });
});

describe('a registry that fails', () => {
  it('is REGISTRY_UNAVAILABLE, and retriable, when nobody answers', async () => {
    const registry = confluentRegistry({ url: 'http://127.0.0.1:1', retries: 1, ...FAST });
    await expect(registry.register('s', SCHEMA)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retriable: true,
      message: expect.stringMatching(/^schema registry http:\/\/127\.0\.0\.1:1: .+/),
    });
  });

  it('is asked again after an answer 503', async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests++;
      const status = requests < 3 ? 503 : 200;
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"id":7}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const registry = confluentRegistry({ url: `http://127.0.0.1:${port}`, ...FAST });
    expect(await registry.register('s', SCHEMA)).toBe(7);
    expect(requests).toBe(3);
    server.closeAllConnections();
    server.close();
  });

  it('is refused at once when its address is none', () => {
    expect(() => confluentRegistry({ url: 'localhost:' })).toThrow(/needs an address/);
    expect(() => confluentRegistry({ url: [] })).toThrow(/needs an address/);
  });

  it('says which package to install when it is missing', async () => {
    vi.doMock('@confluentinc/schemaregistry', () => {
      throw new Error('Cannot find package');
    });
    const registry = confluentRegistry({ url: 'http://127.0.0.1:1' });
    await expect(registry.latest('s')).rejects.toMatchObject({
      code: 'MISSING_PACKAGE',
      message: expect.stringContaining('npm install @confluentinc/schemaregistry'),
    });
    vi.doUnmock('@confluentinc/schemaregistry');
  });
});

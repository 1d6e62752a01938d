import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/http/client.ts';
import { startHttp } from '../apps/http-fixture.ts';
import { SELF_SIGNED } from './self-signed.ts';

describe('the HTTP client', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const open = (options: Parameters<typeof createHttpClient>[0] = {}): HttpClient => {
    const client = createHttpClient(options);
    closers.push(() => client.close());
    return client;
  };
  const serve = async (...args: Parameters<typeof startHttp>) => {
    const http = await startHttp(...args);
    closers.push(() => http.close());
    return http;
  };
  const listen = async (server: Server): Promise<number> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => new Promise((done) => server.close(done)));
    return (server.address() as AddressInfo).port;
  };

  it('uses its connections again, and opens no more for a host than it may', async () => {
    const http = await serve((_request, response) => setTimeout(() => response.end('ok'), 2));
    const client = open({ connectionsPerHost: 2 });
    const get = async (): Promise<string> => (await client.send(http.origin)).text();
    for (let i = 0; i < 5; i++) await get();
    expect(await Promise.all(Array.from({ length: 20 }, get))).toEqual(Array<string>(20).fill('ok'));
    expect([http.connections(), http.peak()]).toEqual([2, 2]);
  });

  it('uses the connection of an answer that nobody wanted again', async () => {
    const http = await serve((_request, response) => response.writeHead(302, { location: '/' }).end('moved'));
    const client = open({ connectionsPerHost: 1 });
    for (let i = 0; i < 5; i++) await (await client.send(http.origin)).discard();
    expect(http.connections()).toBe(1);
  });

  it('refuses a host whose certificate nobody vouches for, for good, and sends it nothing', async () => {
    let asked = 0;
    const server = createHttps(SELF_SIGNED, (_request, response) => {
      asked++;
      response.end('secret');
    });
    const port = await listen(server);
    await expect(open().send(`https://localhost:${port}/a?sig=secret`)).rejects.toMatchObject({
      kind: 'permanent',
      url: `https://localhost:${port}/a?…`,
    });
    expect(asked).toBe(0);
  });

  it('calls a host that sends no headers, or stops in the middle of a body, a passing failure', async () => {
    const http = await serve((request, response) => {
      if (request.url === '/body') response.writeHead(200, { 'content-length': 10 }).write('half');
    });
    const client = open({ headersTimeoutMs: 200, bodyTimeoutMs: 200 });
    await expect(client.send(`${http.origin}/none`)).rejects.toMatchObject({ kind: 'transient' });
    const answer = await client.send(`${http.origin}/body`);
    await expect(answer.text()).rejects.toMatchObject({ kind: 'transient' });
  });

  it('gives up a connection that is not made in time, TLS included', async () => {
    // Takes the connection and says nothing: no handshake comes.
    const port = await listen(createServer((socket) => closers.push(async () => socket.destroy())));
    const begun = performance.now();
    await expect(open({ connectTimeoutMs: 500 }).send(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
      kind: 'transient',
    });
    expect(performance.now() - begun).toBeLessThan(9000);
  });

  it('reads no text above its limit', async () => {
    const http = await serve((_request, response) => response.end('x'.repeat(2000)));
    const answer = await open().send(http.origin);
    await expect(answer.text(1000)).rejects.toMatchObject({ kind: 'permanent' });
  });
});

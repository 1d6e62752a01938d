import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClaimxApi, type ApiCall, type ClaimxApi } from '../../../src/apps/claimx/api-client.ts';
import { parseClaimxConfig } from '../../../src/apps/claimx/config.ts';
import { createBreaker, type Breaker } from '../../../src/http/breaker.ts';
import { createHttpClient, type HttpClient } from '../../../src/http/client.ts';

describe('the ClaimX API client', () => {
  let server: Server;
  let origin: string;
  let answer: RequestListener;
  let http: HttpClient;
  let breaker: Breaker;
  let api: ClaimxApi;
  let calls: ApiCall[];
  let asked: { url: string | undefined; authorization: string | undefined }[];

  beforeEach(async () => {
    server = createServer((request, response) => {
      asked.push({ url: request.url, authorization: request.headers.authorization });
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    origin = url;
    const { api: config } = parseClaimxConfig({
      api: { url, token: 'dG9rZW4=', timeoutMs: 300, maxConcurrent: 4, attempts: 3, backoffMs: 1 },
    });
    calls = [];
    asked = [];
    http = createHttpClient();
    breaker = createBreaker({ name: 'the ClaimX API', failureThreshold: 5, resetMs: 30 });
    api = createClaimxApi({ config, http, breaker, onCall: (call) => calls.push(call) });
  });
  afterEach(async () => {
    breaker.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await http.close();
  });
  const json = (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener => {
    return (_request, response) => response.writeHead(status, headers).end(JSON.stringify(body));
  };
  /** Answers in turn, the last one for ever. */
  const inTurn = (...answers: RequestListener[]): RequestListener => {
    return (request, response) => (answers.length > 1 ? answers.shift() : answers[0])?.(request, response);
  };

  it('sends its token and reads the answer', async () => {
    answer = json(200, { projectId: 'p/1', projectName: 'Water', unknown: 1 });
    expect(await api.getProject('p/1')).toMatchObject({ projectId: 'p/1', projectName: 'Water' });
    expect(asked).toEqual([{ url: '/export/project/p%2F1', authorization: 'Basic dG9rZW4=' }]);
    expect(calls).toMatchObject([{ endpoint: 'project', outcome: '200' }]);
  });

  it('sends a name and a password where there is no token', async () => {
    answer = json(200, { projectId: 'p-1' });
    const { api: config } = parseClaimxConfig({ api: { url: origin, username: 'ann', password: 'pass:word' } });
    await createClaimxApi({ config, http, breaker }).getProject('p-1');
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('ann:pass:word').toString('base64')}`);
  });

  it('answers null, or an empty list, for 404', async () => {
    answer = json(404, {});
    expect(await api.getProject('x')).toBeNull();
    expect(await api.getCustomTask('x')).toBeNull();
    expect(await api.getVideoCollaboration('x')).toBeNull();
    expect(await api.getProjectMedia('x')).toEqual([]);
    expect(await api.getProjectContacts('x')).toEqual([]);
    expect(await api.getProjectTasks('x')).toEqual([]);
    expect(await api.getConversations('x')).toEqual([]);
    expect(asked).toHaveLength(7);
  });

  it('asks for one media item where that is wanted', async () => {
    answer = json(200, [{ mediaId: 'm-1', projectId: 'p-1' }]);
    expect(await api.getProjectMedia('p-1', { mediaId: 'm&1' })).toHaveLength(1);
    expect(asked[0]?.url).toBe('/export/project/p-1/media?mediaId=m%261');
  });

  it.each([500, 502, 503, 429])('tries again after %i', async (status) => {
    answer = inTurn(json(status, {}), json(status, {}, { 'retry-after': '0' }), json(200, { projectId: 'p-1' }));
    expect(await api.getProject('p-1')).toMatchObject({ projectId: 'p-1' });
    expect(asked).toHaveLength(3);
  });

  it('tries again when the connection is cut, when no answer comes in time, and when the answer is no JSON', async () => {
    answer = inTurn(
      (request) => request.socket.destroy(),
      (_request, response) => response.end('<html>'),
      json(200, { projectId: 'p-1' }),
    );
    expect(await api.getProject('p-1')).toMatchObject({ projectId: 'p-1' });
    answer = inTurn(() => undefined, json(200, { projectId: 'p-1' }));
    expect(await api.getProject('p-1')).toMatchObject({ projectId: 'p-1' });
  });

  it('gives up with a transient error that names the endpoint and the status', async () => {
    answer = json(503, {});
    await expect(api.getProject('p-1')).rejects.toMatchObject({
      kind: 'transient',
      status: 503,
      message: 'ClaimX API project answered 503',
    });
    expect(asked).toHaveLength(3);
  });

  it.each([
    [400, 'permanent', 1],
    [422, 'permanent', 1],
    [401, 'auth', 3],
    [403, 'auth', 3],
  ])('takes %i as %s, after %i tries', async (status, kind, tries) => {
    answer = json(status, {});
    await expect(api.getProject('p-1')).rejects.toMatchObject({ kind, status });
    expect(asked).toHaveLength(tries);
  });

  it('refuses an answer that lacks what is needed, naming the field and not its content', async () => {
    answer = json(200, [{ mediaId: 'm-1', projectId: 'secret', sizeBytes: 'much' }]);
    await expect(api.getProjectMedia('p-1')).rejects.toMatchObject({
      kind: 'permanent',
      message: 'ClaimX API media: unexpected answer, see 0.sizeBytes',
    });
  });

  it('never has more calls under way than it may', async () => {
    let running = 0;
    let peak = 0;
    answer = (_request, response) => {
      peak = Math.max(peak, ++running);
      setImmediate(() => {
        running--;
        response.end('{"projectId":"p"}');
      });
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => api.getProject(`p-${i}`)));
    expect(peak).toBeLessThanOrEqual(4);
    expect(peak).toBeGreaterThan(1);
  });

  it('waits while the circuit is open, as long as its signal lets it', async () => {
    answer = json(500, {});
    await Promise.allSettled([api.getProject('a'), api.getProject('b')]);
    expect(breaker.state).toBe('open');
    answer = json(200, { projectId: 'c' });
    const before = asked.length;
    expect(await api.getProject('c', new AbortController().signal)).toMatchObject({ projectId: 'c' });
    expect(asked.length).toBe(before + 1);
    expect(breaker.state).toBe('closed');
  });

  it('stops waiting for the circuit when its signal is aborted', async () => {
    answer = json(500, {});
    await Promise.allSettled([api.getProject('a'), api.getProject('b')]);
    const stop = new AbortController();
    const waiting = api.getProject('c', stop.signal);
    stop.abort(new Error('closing'));
    await expect(waiting).rejects.toThrow(/abort|closing/);
  });
});

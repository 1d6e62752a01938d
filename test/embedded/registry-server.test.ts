import { request } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { RegistryCore } from '../../src/embedded/registry-core.ts';
import { startRegistryServer } from '../../src/embedded/registry-server.ts';
import type { RegistryServer } from '../../src/embedded/registry-server.ts';

const V1 = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'id', type: 'string' }] });
const BAD = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'n', type: 'int' }] });

let server: RegistryServer;
beforeAll(async () => {
  server = await startRegistryServer(new RegistryCore());
  await call('POST', '/subjects/s/versions', { schema: V1 });
});
afterAll(() => server.close());

describe('the REST API', () => {
  it('answers as Confluent’s does', async () => {
    const about = { subject: 's', id: 1, version: 1, schema: expect.stringContaining('"id"') };
    expect(await call('POST', '/subjects/s/versions?normalize=true', { schema: V1 })).toMatchObject([200, { id: 1 }]);
    expect(await call('GET', '/subjects')).toEqual([200, ['s']]);
    expect(await call('GET', '/subjects?subjectPrefix=x')).toEqual([200, []]);
    expect(await call('GET', '/subjects/s/versions')).toEqual([200, [1]]);
    expect(await call('GET', '/subjects/s/versions/latest')).toEqual([200, about]);
    expect(await call('GET', '/subjects/s/versions/-1')).toEqual([200, about]);
    expect(await call('GET', '/subjects/s/versions/1/schema')).toMatchObject([200, { name: 'R' }]);
    expect(await call('GET', '/subjects/s/versions/1/referencedby')).toEqual([200, []]);
    expect(await call('POST', '/subjects/s', { schema: V1 })).toEqual([200, about]);
    expect(await call('GET', '/schemas/ids/1')).toEqual([200, { schema: about.schema }]);
    expect(await call('GET', '/schemas/ids/1/schema')).toMatchObject([200, { name: 'R' }]);
    expect(await call('GET', '/schemas/ids/1/subjects')).toEqual([200, ['s']]);
    expect(await call('GET', '/schemas/ids/1/versions')).toEqual([200, [{ subject: 's', version: 1 }]]);
    expect(await call('GET', '/schemas?latestOnly=true')).toEqual([200, [about]]);
    expect(await call('GET', '/schemas/types')).toEqual([200, ['AVRO']]);
    expect(await call('GET', '/')).toEqual([200, {}]);
  });

  it('tests compatibility without registering', async () => {
    const path = '/compatibility/subjects/s/versions';
    expect(await call('POST', `${path}/latest`, { schema: V1 })).toEqual([200, { is_compatible: true }]);
    expect(await call('POST', `${path}/latest?verbose=true`, { schema: BAD })).toEqual([
      200,
      { is_compatible: false, messages: [expect.stringContaining('version 1')] },
    ]);
    expect(await call('POST', path, { schema: BAD })).toEqual([200, { is_compatible: false }]);
    expect(await call('POST', `${path}/9`, { schema: V1 })).toMatchObject([404, { error_code: 40402 }]);
  });

  it('sets the rule of all subjects and of one', async () => {
    expect(await call('GET', '/config')).toEqual([200, { compatibilityLevel: 'BACKWARD' }]);
    expect(await call('GET', '/config/s')).toMatchObject([404, { error_code: 40408 }]);
    expect(await call('GET', '/config/s?defaultToGlobal=true')).toEqual([200, { compatibilityLevel: 'BACKWARD' }]);
    expect(await call('PUT', '/config/s', { compatibility: 'full' })).toEqual([200, { compatibility: 'FULL' }]);
    expect(await call('GET', '/config/s')).toEqual([200, { compatibilityLevel: 'FULL' }]);
    expect(await call('DELETE', '/config/s')).toEqual([200, { compatibility: 'FULL' }]);
    expect(await call('PUT', '/config', { compatibility: 'NONE' })).toEqual([200, { compatibility: 'NONE' }]);
    expect(await call('DELETE', '/config')).toEqual([200, { compatibility: 'NONE' }]);
    expect(await call('PUT', '/config', { compatibility: 'SOME' })).toMatchObject([422, { error_code: 42203 }]);
  });

  it('sets the mode of all subjects and of one', async () => {
    expect(await call('GET', '/mode')).toEqual([200, { mode: 'READWRITE' }]);
    expect(await call('GET', '/mode/s')).toMatchObject([404, { error_code: 40409 }]);
    expect(await call('PUT', '/mode/s', { mode: 'READONLY' })).toEqual([200, { mode: 'READONLY' }]);
    expect(await call('POST', '/subjects/s/versions', { schema: '"int"' })).toMatchObject([422, { error_code: 42205 }]);
    expect(await call('DELETE', '/mode/s')).toEqual([200, { mode: 'READONLY' }]);
    expect(await call('PUT', '/mode', { mode: 'IMPORT' })).toMatchObject([422, { error_code: 42204 }]);
  });

  it('deletes softly, then for good', async () => {
    await call('POST', '/subjects/gone/versions', { schema: V1 });
    expect(await call('DELETE', '/subjects/gone/versions/1')).toEqual([200, 1]);
    expect(await call('GET', '/subjects/gone/versions')).toMatchObject([404, { error_code: 40401 }]);
    expect(await call('GET', '/subjects/gone/versions?deleted=true')).toEqual([200, [1]]);
    expect(await call('DELETE', '/subjects/gone?permanent=true')).toEqual([200, [1]]);
  });

  it('refuses with the codes that clients know', async () => {
    const refusal = (status: number, error_code: number): unknown => [
      status,
      { error_code, message: expect.any(String) },
    ];
    expect(await call('POST', '/subjects/s/versions', { schema: BAD })).toEqual(refusal(409, 409));
    expect(await call('POST', '/subjects/s/versions', { schema: '{"type":"x"}' })).toEqual(refusal(422, 42201));
    expect(await call('POST', '/subjects/s/versions', {})).toEqual(refusal(422, 42201));
    const protobuf = { schema: V1, schemaType: 'PROTOBUF' };
    expect(await call('POST', '/subjects/s/versions', protobuf)).toEqual(refusal(422, 42201));
    const references = [{ name: 'x', subject: 'x', version: 1 }];
    expect(await call('POST', '/subjects/s/versions', { schema: V1, references })).toEqual(refusal(422, 42201));
    expect(await call('GET', '/subjects/s/versions/0')).toEqual(refusal(422, 42202));
    expect(await call('GET', '/subjects/s/versions/7')).toEqual(refusal(404, 40402));
    expect(await call('GET', '/subjects/none/versions/1')).toEqual(refusal(404, 40401));
    expect(await call('GET', '/schemas/ids/99')).toEqual(refusal(404, 40403));
    expect(await call('GET', '/schemas/ids/x')).toEqual(refusal(404, 404));
    expect(await call('GET', '/nowhere')).toEqual(refusal(404, 404));
    expect(await call('PATCH', '/subjects')).toEqual(refusal(405, 405));
    expect(await call('GET', '/subjects/%zz/versions')).toEqual(refusal(400, 400));
  });

  it('keeps a slash in a subject', async () => {
    expect(await call('POST', '/subjects/a%2Fb/versions', { schema: V1 })).toMatchObject([200, { id: 1 }]);
    expect(await call('GET', '/subjects/a%2Fb/versions')).toEqual([200, [1]]);
  });

  it('refuses a body that is not JSON or too large, and goes on', async () => {
    const post = (body: string): Promise<Response> => fetch(`${server.url}/subjects/s`, { method: 'POST', body });
    expect((await post('{')).status).toBe(400);
    expect(await statusOfLargeBody()).toBe(413);
    expect(await call('GET', '/subjects/s/versions')).toEqual([200, [1]]);
  });

  it('answers in the content type of its API', async () => {
    const response = await fetch(`${server.url}/subjects`);
    expect(response.headers.get('content-type')).toBe('application/vnd.schemaregistry.v1+json');
  });
});

describe('the server', () => {
  it('rejects when its port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(startRegistryServer(new RegistryCore(), { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('refuses requests that are not authorised', async () => {
    const closed = await startRegistryServer(new RegistryCore(), { authorize: (header) => header === 'Bearer x' });
    expect((await fetch(`${closed.url}/subjects`)).status).toBe(401);
    expect((await fetch(`${closed.url}/subjects`, { headers: { authorization: 'Bearer x' } })).status).toBe(200);
    await closed.close();
  });
});

async function call(method: string, path: string, body?: unknown): Promise<readonly [number, unknown]> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(server.url + path, init);
  return [response.status, await response.json()];
}

/** The answer may come before all of the body was sent, which fetch does not like. */
async function statusOfLargeBody(): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sending = request(`${server.url}/subjects/s`, { method: 'POST' }, (response) => {
      resolve(response.statusCode);
      sending.destroy();
    });
    sending.on('error', reject);
    sending.write(Buffer.alloc(1_100_000, ' '));
  });
}

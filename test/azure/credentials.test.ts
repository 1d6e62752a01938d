import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { azureIdentity } from '../../src/azure/identity.ts';
import { startHttp } from '../apps/http-fixture.ts';

const SCOPE = 'https://storage.azure.com/.default';
const IN_AN_HOUR = Math.floor(Date.now() / 1000) + 3600;

/** The real `@azure/identity`, with the places it asks played by a program and a service of this test. */
describe('credentials of Azure', () => {
  const kept = { ...process.env };
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'az-'));
    // What this machine is to Azure must not matter.
    for (const name of Object.keys(process.env)) if (/^(AZURE|IDENTITY|MSI)_/.test(name)) delete process.env[name];
  });
  afterEach(async () => {
    for (const name of ['PATH', 'IDENTITY_ENDPOINT', 'IDENTITY_HEADER']) {
      if (kept[name] === undefined) delete process.env[name];
      else process.env[name] = kept[name];
    }
    await rm(folder, { recursive: true });
  });
  /** `az` of the Azure CLI: writes down how it was called, then answers. */
  async function fakeCli(answer: string): Promise<void> {
    const az = join(folder, 'az');
    await writeFile(az, `#!/bin/sh\n${answer}\n`);
    await chmod(az, 0o755);
    process.env['PATH'] = [folder, '/usr/bin', '/bin'].join(delimiter);
  }

  it('cli: takes the token of whoever is logged in, once for all who ask', async () => {
    const calls = join(folder, 'calls');
    const token = JSON.stringify({ accessToken: 'from az', expires_on: IN_AN_HOUR, tokenType: 'Bearer' });
    await fakeCli(`echo "$@" >> ${calls}; echo '${token}'`);
    const tokens = azureIdentity({ kind: 'cli' });
    const [one, two] = await Promise.all([tokens.getToken(SCOPE), tokens.getToken([SCOPE])]);
    expect([one.token, two.token]).toEqual(['from az', 'from az']);
    expect(one.expiresOnTimestamp).toBe(IN_AN_HOUR * 1000);
  });

  it('cli: says what to do where nobody is logged in', async () => {
    await fakeCli(`echo "Please run 'az login' to setup account." >&2; exit 1`);
    await expect(azureIdentity({ kind: 'cli' }).getToken(SCOPE)).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      retriable: false,
      message: expect.stringContaining('To do: log in with `az login`'),
    });
  });

  it('managed-identity: asks the endpoint of the machine, with its secret, for the scope', async () => {
    const seen: unknown[] = [];
    const http = await startHttp((request, response) => {
      seen.push(request.headers['x-identity-header']);
      const body = { access_token: 'from the machine', expires_on: String(IN_AN_HOUR), token_type: 'Bearer' };
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ ...body, resource: SCOPE }));
    });
    process.env['IDENTITY_ENDPOINT'] = `${http.origin}/token`;
    process.env['IDENTITY_HEADER'] = 'secret of the machine';
    const tokens = azureIdentity({ kind: 'managed-identity', clientId: 'c-1' });
    expect((await tokens.getToken(SCOPE)).token).toBe('from the machine');
    expect((await tokens.getToken(SCOPE)).token).toBe('from the machine');
    expect(http.asked).toHaveLength(1);
    expect(decodeURIComponent(http.asked[0] ?? '')).toContain('resource=https://storage.azure.com');
    expect(http.asked[0]).toContain('client_id=c-1');
    expect(seen).toEqual(['secret of the machine']);
    await http.close();
  });

  it('default: goes through the chain to whoever can give a token', async () => {
    const token = JSON.stringify({ accessToken: 'from az', expires_on: IN_AN_HOUR, tokenType: 'Bearer' });
    await fakeCli(`echo '${token}'`);
    const http = await startHttp((_request, response) => response.writeHead(400).end('{}'));
    process.env['IDENTITY_ENDPOINT'] = `${http.origin}/token`;
    process.env['IDENTITY_HEADER'] = 'x';
    expect((await azureIdentity({ kind: 'default' }).getToken(SCOPE)).token).toBe('from az');
    await http.close();
  });

  it('service-principal: says what is wrong with its settings, and shows no secret', async () => {
    const tokens = azureIdentity({
      kind: 'service-principal',
      tenantId: 'not a tenant!',
      clientId: 'c-1',
      clientSecret: 's3cr3t-value',
    });
    const failure = tokens.getToken(SCOPE);
    await expect(failure).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      retriable: false,
      message: expect.stringMatching(/credential "service-principal".*azure\.tenantId/s),
    });
    await expect(failure).rejects.not.toThrow('s3cr3t-value');
  });
});

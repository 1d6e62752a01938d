import { describe, expect, it } from 'vitest';
import { authFailure, azureIdentity } from '../../src/azure/identity.ts';

describe('an identity of Azure', () => {
  it('needs a secret or a certificate for a service principal', () => {
    const half = { kind: 'service-principal', tenantId: 't', clientId: 'c' } as const;
    expect(() => azureIdentity(half)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('says what to do when the certificate cannot be used, by the real library', async () => {
    const tokens = azureIdentity({
      kind: 'service-principal',
      tenantId: 't',
      clientId: 'c',
      certificatePath: '/none.pem',
    });
    const failure = tokens.getToken('https://storage.azure.com/.default');
    await expect(failure).rejects.toMatchObject({ code: 'AUTH_FAILED', retriable: false });
    await expect(failure).rejects.toThrow('certificate has expired');
  });

  it.each([
    ['a refusal', Object.assign(new Error('AADSTS7000222'), { statusCode: 401 }), false],
    ['a service that is down', Object.assign(new Error('try later'), { statusCode: 503 }), true],
    ['no network', Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }), true],
    ['nothing to log in with', Object.assign(new Error('none'), { name: 'CredentialUnavailableError' }), false],
  ])('knows whether waiting helps: %s', (_what, error, retriable) => {
    expect(authFailure(error, 'cli')).toMatchObject({ code: 'AUTH_FAILED', retriable });
  });
});

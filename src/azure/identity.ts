import type * as identity from '@azure/identity';
import { messageOf, StreamsError } from '../core/errors.ts';
import type { TokenSource } from './access-token.ts';
import { cachedTokens, type TokenCacheOptions } from './token-cache.ts';

/** Who this process is to Azure. */
export type AzureCredential =
  /** The default chain of `@azure/identity`: its environment variables, workload and managed identity, then the tools of a developer. */
  | { readonly kind: 'default'; readonly tenantId?: string; readonly clientId?: string }
  /** Whoever is logged in with `az login`. */
  | { readonly kind: 'cli'; readonly tenantId?: string }
  /** An app registration, with a secret or a certificate (PEM file of the key and the certificate). */
  | {
      readonly kind: 'service-principal';
      readonly tenantId: string;
      readonly clientId: string;
      readonly clientSecret?: string;
      readonly certificatePath?: string;
    }
  /** The identity of the machine or pod; `clientId` for one that is assigned by a user. */
  | { readonly kind: 'managed-identity'; readonly clientId?: string };

/**
 * Tokens of that credential, cached until shortly before they expire. `@azure/identity` (optional package) is loaded at
 * the first token.
 *
 * @throws CONFIG_INVALID for a service principal without a secret and without a certificate
 */
export function azureIdentity(credential: AzureCredential, options: TokenCacheOptions = {}): TokenSource {
  if (credential.kind === 'service-principal' && !credential.clientSecret && !credential.certificatePath) {
    throw new StreamsError('CONFIG_INVALID', 'a service principal needs a clientSecret or a certificatePath');
  }
  let opened: Promise<identity.TokenCredential> | null = null;
  const open = (): Promise<identity.TokenCredential> => {
    opened ??= loadIdentity().then((sdk) => {
      try {
        return openCredential(sdk, credential);
      } catch (error) {
        // Settings that the library refuses outright: they stay wrong.
        throw authFailure(error, credential.kind, false);
      }
    });
    return opened;
  };
  const source: TokenSource = {
    getToken: async (scopes, request) => {
      const tokens = await open();
      try {
        const token = await tokens.getToken(scopes, request);
        if (token !== null) return token;
      } catch (error) {
        throw authFailure(error, credential.kind);
      }
      throw authFailure('there is no token', credential.kind);
    },
  };
  return cachedTokens(source, options);
}

function openCredential(sdk: typeof identity, credential: AzureCredential): identity.TokenCredential {
  switch (credential.kind) {
    case 'default':
      return new sdk.DefaultAzureCredential({
        ...(credential.tenantId === undefined ? {} : { tenantId: credential.tenantId }),
        ...(credential.clientId === undefined ? {} : { managedIdentityClientId: credential.clientId }),
      });
    case 'cli':
      return new sdk.AzureCliCredential(credential.tenantId === undefined ? {} : { tenantId: credential.tenantId });
    case 'service-principal': {
      const { tenantId, clientId, clientSecret, certificatePath } = credential;
      return clientSecret
        ? new sdk.ClientSecretCredential(tenantId, clientId, clientSecret)
        : new sdk.ClientCertificateCredential(tenantId, clientId, { certificatePath: certificatePath ?? '' });
    }
    case 'managed-identity':
      return new sdk.ManagedIdentityCredential(
        credential.clientId === undefined ? {} : { clientId: credential.clientId },
      );
  }
}

/** What a person has to do when there is no token. */
const ADVICE: Readonly<Record<AzureCredential['kind'], string>> = {
  default: 'log in with `az login`, or name a credential in the configuration (azure.credential)',
  cli: 'log in with `az login`',
  'service-principal': 'check azure.tenantId and azure.clientId, and whether the secret or the certificate has expired',
  'managed-identity': 'check that this machine has a managed identity, and azure.clientId if it was assigned by a user',
};

/** Whether to wait or to give up: a refusal stays one, a network comes back. */
export function authFailure(error: unknown, kind: AzureCredential['kind'], retriable = mayPass(error)): StreamsError {
  // Only the first line: what follows are trace ids and long lists of what was tried.
  const [reason = ''] = messageOf(error).split('\n');
  const text = `no token of Azure with the credential "${kind}": ${reason.replace(/\.+$/, '')}. To do: ${ADVICE[kind]}`;
  return new StreamsError('AUTH_FAILED', text, { cause: error, retriable });
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode === 429 || error.statusCode >= 500;
  }
  // A certificate that is not there.
  if ('code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) return false;
  // Names of @azure/identity; an aggregate may hold anything, and tells only that no way led to a token.
  return !['CredentialUnavailableError', 'AuthenticationRequiredError', 'AggregateAuthenticationError'].includes(
    error.name,
  );
}

async function loadIdentity(): Promise<typeof identity> {
  try {
    return await import('@azure/identity');
  } catch (error) {
    const text = 'tokens of Azure need an optional package: npm install @azure/identity';
    throw new StreamsError('MISSING_PACKAGE', text, { cause: error });
  }
}

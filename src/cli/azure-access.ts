import { type AzureCredential, azureIdentity } from '../azure/identity.ts';
import { StreamsError } from '../core/errors.ts';
import type { StageContext } from '../runtime/define-app.ts';
import { openLake } from '../sinks/lake/open-lake.ts';
import type { CommandConfig } from './config/schema.ts';

/** What stages reach Azure with: one cache of tokens for all of them. */
export type AzureAccess = Pick<StageContext<unknown>, 'openLake' | 'azure'>;

/** @throws CONFIG_INVALID for a service principal without a secret and without a certificate */
export function azureAccess(section: CommandConfig['azure'] = { credential: 'default' }): AzureAccess {
  if (section.credential === 'account-key') {
    const { accountName, accountKey } = section;
    return {
      openLake: (uri) => openLake(uri, { azure: { credential: { accountName, accountKey } } }),
      azure: { getToken: () => Promise.reject(new StreamsError('CONFIG_INVALID', KEY_ONLY)) },
    };
  }
  const { credential: kind, ...settings } = section;
  const tokens = azureIdentity({ kind, ...settings } as AzureCredential);
  return { openLake: (uri) => openLake(uri, { azure: { credential: tokens } }), azure: tokens };
}

const KEY_ONLY = 'azure.credential: an account-key opens storage only; this service needs an identity of Azure';

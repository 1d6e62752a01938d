import { fileURLToPath } from 'node:url';
import { StreamsError } from '../../core/errors.ts';
import { type AzureLakeOptions, azureLake } from './azure.ts';
import { isAzureUri } from './azure-uri.ts';
import type { LakeStore } from './lake-store.ts';
import { localLake } from './local.ts';

/** Opens the store whose root is an address: {@link openLake} with credentials that somebody else chose. */
export type OpenLake = (uri: string) => LakeStore;

/** How to open the lakes of services. */
export interface OpenLakeOptions {
  /** For ADLS Gen2 and OneLake. */
  readonly azure?: AzureLakeOptions;
}

/**
 * The store whose root is this path, `file:` URL, or place in Azure (`abfss://…`, `https://…`; see `parseAzureUri`).
 *
 * @throws CONFIG_INVALID for an address of a service that there is no store for, or no credential
 */
export function openLake(uri: string, options: OpenLakeOptions = {}): LakeStore {
  if (uri.startsWith('file:')) return localLake(fileURLToPath(uri));
  if (isAzureUri(uri)) {
    if (options.azure) return azureLake(uri, options.azure);
    throw new StreamsError(
      'CONFIG_INVALID',
      `${uri} needs a credential: give a store or a function that opens one in the option \`lake\``,
    );
  }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(uri)?.[1];
  if (scheme === undefined) return localLake(uri);
  throw new StreamsError('CONFIG_INVALID', `there is no store for ${scheme}:// addresses`);
}

import { resolve } from 'node:path';

import { isAzureUri } from '../sinks/lake/azure-uri.ts';
import type { LakeStore } from '../sinks/lake/lake-store.ts';

/** Where a table that a command names is. */
export interface TablePlace {
  /** In the store; of the local disk, without one. */
  readonly path: string;
  readonly lake?: LakeStore;
}

/** A path is one of the working folder; an address (`abfss://…`) is opened as whoever is signed in to Azure here. */
export async function tablePlace(folder: string, path: string): Promise<TablePlace> {
  if (!isAzureUri(path)) return { path: resolve(folder, path) };
  const { azureAccess } = await import('./azure-access.ts');
  return { path: '', lake: azureAccess().openLake(path) };
}

import type * as api from '@duckdb/node-api';
import { StreamsError } from '../../../core/errors.ts';

export type DuckDb = typeof api;

/** The optional package, loaded when it is needed for the first time; null where it is not installed. */
export async function loadDuckDb(): Promise<DuckDb | null> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
    const text = '@duckdb/node-api is installed, but does not load on this platform';
    throw new StreamsError('MISSING_PACKAGE', text, { cause: error });
  }
}

/** @throws MISSING_PACKAGE */
export function needsDuckDb(what: string): never {
  const text = `${what} needs the package @duckdb/node-api: install it beside this one (npm install @duckdb/node-api)`;
  throw new StreamsError('MISSING_PACKAGE', text);
}

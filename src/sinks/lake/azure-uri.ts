import { StreamsError } from '../../core/errors.ts';

/** A place in ADLS Gen2 or OneLake. */
export interface AzureLocation {
  /** `https://account.dfs.core.windows.net` */
  readonly endpoint: string;
  /** Container of the account, or workspace of OneLake. */
  readonly fileSystem: string;
  /** Folder in it, without slashes at its ends; of OneLake: the item, then `Tables/…` or `Files/…`. */
  readonly path: string;
  /** The same place as `abfss://…`, for messages. */
  readonly uri: string;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ONELAKE = /(^|[.-])onelake\.(dfs|blob)\.fabric\.microsoft\.com$/;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether {@link parseAzureUri} is in charge of a URI. */
export function isAzureUri(uri: string): boolean {
  return /^(abfss?|https?):\/\//i.test(uri);
}

/**
 * `abfss://<container>@<account>.dfs.core.windows.net/<folder>` or the same as `https://<host>/<container>/<folder>`.
 * OneLake: workspace and lakehouse both by name (`abfss://ws@onelake.dfs.fabric.microsoft.com/lh.Lakehouse/Tables/t`) or
 * both by GUID; regional hosts too. `http:` only for an emulator on this machine.
 *
 * Parts are percent-decoded once in the https form, as in every URL, and taken as they are in the abfss form.
 *
 * @throws CONFIG_INVALID saying what is wrong with it
 */
export function parseAzureUri(uri: string): AzureLocation {
  const refuse = (reason: string): StreamsError =>
    new StreamsError('CONFIG_INVALID', `${withoutQuery(uri)} is no place in a lake: ${reason}`);
  if (/[?#]/.test(uri)) throw refuse('it has a query; credentials are given apart');
  const abfss = /^abfss:\/\/([^@/]+)@([^/]+)(\/.*)?$/i.exec(uri);
  const https = /^(https?):\/\/([^/@]+)\/([^/]+)(\/.*)?$/i.exec(uri);
  if (/^abfs:/i.test(uri)) throw refuse('abfs is not encrypted, use abfss');
  if (!abfss && !https)
    throw refuse('expected abfss://<container>@<host>/<folder> or https://<host>/<container>/<folder>');

  const scheme = (https?.[1] ?? 'https').toLowerCase();
  const host = ((abfss ? abfss[2] : https?.[2]) ?? '').toLowerCase();
  const name = host.replace(/:\d+$/, '');
  if (scheme === 'http' && !LOOPBACK.test(name)) throw refuse('http is not encrypted, use https');
  if (/\.blob\./.test(name)) throw refuse(`${name} is the blob endpoint, use ${name.replace('.blob.', '.dfs.')}`);
  const decode = (text: string): string => (abfss ? text : decoded(text, refuse));
  const fileSystem = decode((abfss ? abfss[1] : https?.[3]) ?? '');
  const parts = ((abfss ? abfss[3] : https?.[4]) ?? '').split('/').filter((part) => part !== '');
  const path = parts.map(decode);
  if (path.some((part) => part === '.' || part === '..')) throw refuse('it has a . or .. in it');
  if (ONELAKE.test(name)) checkOneLake(fileSystem, path, refuse);
  const folder = path.join('/');
  return {
    endpoint: `${scheme}://${host}`,
    fileSystem,
    path: folder,
    uri: scheme === 'http' ? uri : `abfss://${fileSystem}@${host}${folder === '' ? '' : `/${folder}`}`,
  };
}

/** OneLake finds nothing under a mixture of names and GUIDs, and says only that there is nothing. */
function checkOneLake(workspace: string, [item = '', area]: readonly string[], refuse: (why: string) => Error): void {
  if (item === '') throw refuse('it names no lakehouse: <workspace>@<host>/<lakehouse>.Lakehouse/Tables/…');
  if (GUID.test(workspace) !== GUID.test(item)) {
    throw refuse('workspace and lakehouse are named both by GUID or both by name');
  }
  if (!GUID.test(item) && !/.\.[A-Za-z]+$/.test(item)) {
    throw refuse(`the lakehouse is named with its kind: ${item}.Lakehouse`);
  }
  if (area !== undefined && area !== 'Tables' && area !== 'Files') {
    throw refuse(`a lakehouse has the folders Tables and Files, not ${area}`);
  }
}

function decoded(text: string, refuse: (why: string) => Error): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('it has a % that begins no escape');
  }
}

/** Shared access signatures are queries. */
function withoutQuery(uri: string): string {
  return uri.replace(/[?#].*$/, '?…');
}

import { isIP } from 'node:net';
import { type ErrorCode, messageOf, StreamsError } from '../../core/errors.ts';
import { jsonPage, type Page, type PageRequest, type PageSource } from '../../observe/http-page.ts';
import type { AppQueries } from './app-queries.ts';
import { QUERY_PATH } from './http-queries.ts';
import { answerWire } from './query-wire.ts';
import { describeStore, findStores, readKey, readKeys } from './store-pages.ts';
import { readRecord } from './wire-reader.ts';

/** An application that is asked, such as a `StreamsApp`. */
export interface QueriedApp {
  readonly queries: AppQueries;
}

const MAX_REQUEST_BYTES = 4 << 20;

/**
 * The paths at which applications of this process can be asked for what their stores hold: by people as JSON (`GET
 * /stores`, `/stores/{store}`, `/stores/{store}/keys`, `/stores/{store}/keys/{key}`), and by other instances (`POST
 * /queries`). Nobody is asked who they are, so serve it where only those can come who may read everything.
 *
 * A page of another site, in the browser of somebody who may, is kept out: a request must name this host by its address,
 * as localhost or as its `applicationServer`.
 */
export function queryRoutes(apps: readonly QueriedApp[]): PageSource {
  const all = (): readonly AppQueries[] => apps.map(({ queries }) => queries);
  return async (request) => {
    const { pathname } = request.url;
    const path = pathname.split('/').slice(1);
    if (pathname !== QUERY_PATH && path[0] !== 'stores') return null;
    try {
      if (!isOwnName(request.header('host'), all())) {
        return problem(
          421,
          'QUERY_INVALID',
          'ask for this host by its address, as localhost or as its applicationServer',
        );
      }
      if (pathname === QUERY_PATH) return await answerInstance(all(), request);
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return problem(405, 'QUERY_INVALID', 'only GET is here');
      return await answerPerson(all(), path.slice(1).map(decodeText), request.url.searchParams);
    } catch (error) {
      return failure(error);
    }
  };
}

/** What another instance is answered: `POST /queries`. */
export async function answerInstance(
  apps: readonly Pick<AppQueries, 'applicationId' | 'local'>[],
  request: PageRequest,
): Promise<Page> {
  if (request.method !== 'POST') return problem(405, 'QUERY_INVALID', 'instances ask each other here, by POST');
  // What another site's page may send without asking first is never of this type.
  if (!request.header('content-type')?.startsWith('application/json')) {
    return problem(415, 'QUERY_INVALID', 'expected application/json');
  }
  const body = await request.body(MAX_REQUEST_BYTES);
  if (body === null) return problem(413, 'QUERY_INVALID', `more than ${MAX_REQUEST_BYTES} bytes`);
  const at = readRecord(parse(body), 'question');
  const applicationId = at.string('applicationId');
  const app = apps.find((queries) => queries.applicationId === applicationId);
  if (app === undefined) throw new StreamsError('NOT_PRESENT', `${applicationId} does not run here`);
  const answer = await answerWire(app.local, at.value('request'));
  return { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(answer) };
}

async function answerPerson(
  apps: readonly AppQueries[],
  [store, keys, key, ...rest]: readonly string[],
  parameters: URLSearchParams,
): Promise<Page> {
  const found = findStores(apps, parameters.get('app'), store ?? null);
  if (store === undefined) return jsonPage(200, { stores: found.map(({ app, spec }) => describeStore(app, spec)) });
  const [one, other] = found;
  if (one === undefined) throw new StreamsError('STORE_UNKNOWN', `there is no store ${store}; see /stores`);
  if (other !== undefined) {
    const ids = found.map(({ app }) => app.applicationId).join(', ');
    throw new StreamsError('QUERY_INVALID', `several applications have a store ${store}: add ?app= with one of ${ids}`);
  }
  if (keys === undefined) return jsonPage(200, describeStore(one.app, one.spec));
  if (keys !== 'keys' || rest.length > 0) {
    return problem(404, 'QUERY_INVALID', 'there are /stores, /stores/{store}, /stores/{store}/keys, …/keys/{key}');
  }
  return key === undefined ? readKeys(one, parameters) : readKey(one, key, parameters);
}

/** Against pages of other sites that have had their name point here (DNS rebinding). */
function isOwnName(host: string | undefined, apps: readonly AppQueries[]): boolean {
  if (host === undefined) return false;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) !== 0 || name === 'localhost' || apps.some((app) => app.host?.replace(/:\d+$/, '') === name);
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  STORE_UNKNOWN: 404,
  QUERY_INVALID: 400,
  NOT_PRESENT: 503,
  STORE_CLOSED: 503,
  NOT_UP_TO_BOUND: 503,
  INSTANCE_UNAVAILABLE: 503,
};

function failure(error: unknown): Page {
  const code = error instanceof StreamsError ? error.code : 'ILLEGAL_STATE';
  return problem(STATUS[code] ?? 500, code, messageOf(error));
}

/** The body has the form of a refused query, so that whoever asks as an instance finds the reason. */
function problem(status: number, code: ErrorCode, message: string): Page {
  return jsonPage(status, { error: { code, message } }, status === 503 ? { 'retry-after': '1' } : {});
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (error) {
    throw new StreamsError('QUERY_INVALID', `the question is not JSON: ${messageOf(error)}`);
  }
}

function decodeText(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw new StreamsError('QUERY_INVALID', `${part} is not text in an address: ${messageOf(error)}`);
  }
}

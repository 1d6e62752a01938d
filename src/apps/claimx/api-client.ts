import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Breaker } from '../../http/breaker.ts';
import type { HttpClient, HttpResponse } from '../../http/client.ts';
import { classifyStatus, HttpError, toHttpError } from '../../http/errors.ts';
import { createLimiter } from '../../http/limiter.ts';
import { parseRetryAfter, retry } from '../../http/retry.ts';
import {
  contactSchema,
  conversationSchema,
  mediaSchema,
  projectSchema,
  taskSchema,
  videoSchema,
  type ApiContact,
  type ApiConversation,
  type ApiMedia,
  type ApiProject,
  type ApiTask,
  type ApiVideo,
} from './api-types.ts';
import type { ClaimxConfig } from './config.ts';

export interface ClaimxApiOptions {
  readonly config: ClaimxConfig['api'];
  readonly http: HttpClient;
  readonly breaker: Breaker;
  /** Told of each exchange: for metrics. `outcome` is a status code or a kind of failure. */
  readonly onCall?: (call: ApiCall) => void;
  /** For `Retry-After` dates (default Date.now). */
  readonly now?: () => number;
}

export interface ApiCall {
  readonly endpoint: string;
  readonly outcome: string;
  readonly durationMs: number;
}

/**
 * The ClaimX REST API. Each method answers null (or an empty list) for 404, and throws an HttpError for all else that is
 * not an answer: `transient` after the configured tries, `auth`, or `permanent`. While the circuit is open, calls wait
 * for it to close, until their signal ends them: waiting costs no attempt of a retry branch.
 */
export interface ClaimxApi {
  getProject(projectId: string, signal?: AbortSignal): Promise<ApiProject | null>;
  /** All media of a project with presigned URLs, or one of them with a freshly signed URL. */
  getProjectMedia(
    projectId: string,
    options?: { readonly mediaId?: string; readonly signal?: AbortSignal },
  ): Promise<ApiMedia[]>;
  getProjectContacts(projectId: string, signal?: AbortSignal): Promise<ApiContact[]>;
  getProjectTasks(projectId: string, signal?: AbortSignal): Promise<ApiTask[]>;
  getCustomTask(assignmentId: string, signal?: AbortSignal): Promise<ApiTask | null>;
  getVideoCollaboration(collaborationId: string, signal?: AbortSignal): Promise<ApiVideo | null>;
  getConversations(projectId: string, signal?: AbortSignal): Promise<ApiConversation[]>;
}

export function createClaimxApi(options: ClaimxApiOptions): ClaimxApi {
  const { config, http, breaker } = options;
  const now = options.now ?? Date.now;
  const limiter = createLimiter(config.maxConcurrent);
  const headers = { accept: 'application/json', authorization: authorizationOf(config) };
  const base = config.url.replace(/\/+$/, '');

  /** One exchange: null for 404. */
  const exchange = async (endpoint: string, path: string, signal: AbortSignal | undefined): Promise<unknown> => {
    const started = performance.now();
    const limit = AbortSignal.timeout(config.timeoutMs);
    let outcome = 'error';
    try {
      const response = await http.send(base + path, {
        headers,
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      });
      outcome = String(response.status);
      return await readAnswer(response, endpoint, now());
    } catch (error) {
      const failure = toHttpError(error);
      if (outcome === 'error') outcome = failure.kind;
      throw failure;
    } finally {
      options.onCall?.({ endpoint, outcome, durationMs: performance.now() - started });
    }
  };

  /** Waits while the circuit is open; what comes out has nothing to do with the circuit. */
  const guarded = async (endpoint: string, path: string, signal: AbortSignal | undefined): Promise<unknown> => {
    for (;;) {
      try {
        return await breaker.run(() => exchange(endpoint, path, signal));
      } catch (error) {
        if (!(error instanceof HttpError) || error.kind !== 'circuit-open' || signal === undefined) throw error;
        await sleep(Math.min(config.breaker.resetMs, 250), undefined, { signal });
      }
    }
  };

  const call = async <T>(
    endpoint: string,
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal | undefined,
  ): Promise<T | null> => {
    const policy = { attempts: config.attempts, baseMs: config.backoffMs, ...(signal === undefined ? {} : { signal }) };
    const answer = await retry(() => limiter.run(() => guarded(endpoint, path, signal), signal), policy);
    if (answer === null) return null;
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    const wrong = parsed.error.issues.map((issue) => issue.path.map(String).join('.') || 'the answer');
    throw new HttpError('permanent', `ClaimX API ${endpoint}: unexpected answer, see ${wrong.join(', ')}`);
  };
  const list = async <T>(endpoint: string, path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T[]> =>
    (await call(endpoint, path, z.array(schema), signal)) ?? [];
  const project = (id: string): string => `/export/project/${encodeURIComponent(id)}`;

  return {
    getProject: (id, signal) => call('project', project(id), projectSchema, signal),
    getProjectMedia: (id, { mediaId, signal } = {}) => {
      const query = mediaId === undefined ? '' : `?mediaId=${encodeURIComponent(mediaId)}`;
      return list('media', `${project(id)}/media${query}`, mediaSchema, signal);
    },
    getProjectContacts: (id, signal) => list('contacts', `${project(id)}/contacts`, contactSchema, signal),
    getProjectTasks: (id, signal) => list('tasks', `${project(id)}/tasks`, taskSchema, signal),
    getCustomTask: (id, signal) =>
      call('task', `/customTasks/assignment/${encodeURIComponent(id)}`, taskSchema, signal),
    getVideoCollaboration: (id, signal) =>
      call('video', `/videoCollaborations/${encodeURIComponent(id)}`, videoSchema, signal),
    getConversations: (id, signal) => list('conversations', `${project(id)}/conversations`, conversationSchema, signal),
  };
}

function authorizationOf({ scheme, token, username, password }: ClaimxConfig['api']): string {
  if (token !== '' || username === '') return `${scheme} ${token}`;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function readAnswer(response: HttpResponse, endpoint: string, nowMs: number): Promise<unknown> {
  const { status } = response;
  if (status === 404) {
    await response.discard();
    return null;
  }
  const body = await response.text();
  if (status !== 200) {
    const retryAfterMs = parseRetryAfter(response.header('retry-after'), nowMs);
    throw new HttpError(classifyStatus(status), `ClaimX API ${endpoint} answered ${status}`, {
      status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    // A proxy's error page under status 200, or an answer cut short: worth another try.
    throw new HttpError('transient', `ClaimX API ${endpoint}: the answer is not JSON`, { status, cause: error });
  }
}

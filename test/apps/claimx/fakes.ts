import type { ClaimxApi } from '../../../src/apps/claimx/api-client.ts';
import type { HandlerContext } from '../../../src/apps/claimx/handlers/handler.ts';
import { newEnrichmentTask, type EnrichmentTask } from '../../../src/apps/claimx/schemas.generated.ts';

export const NOW = Date.parse('2026-01-03T08:00:00Z');

/** An API that knows nothing but what is given, and counts its calls. */
export function fakeApi(methods: Partial<ClaimxApi> = {}): { readonly api: ClaimxApi; readonly calls: string[] } {
  const calls: string[] = [];
  const nothing: ClaimxApi = {
    getProject: async () => null,
    getProjectMedia: async () => [],
    getProjectContacts: async () => [],
    getProjectTasks: async () => [],
    getCustomTask: async () => null,
    getVideoCollaboration: async () => null,
    getConversations: async () => [],
  };
  const all = { ...nothing, ...methods };
  const count =
    <A extends unknown[], R>(name: string, method: (id: string, ...rest: A) => Promise<R>) =>
    (id: string, ...rest: A): Promise<R> => {
      calls.push(`${name} ${id}`);
      return method(id, ...rest);
    };
  const api: ClaimxApi = {
    getProject: count('project', all.getProject),
    getProjectMedia: count('media', all.getProjectMedia),
    getProjectContacts: count('contacts', all.getProjectContacts),
    getProjectTasks: count('tasks', all.getProjectTasks),
    getCustomTask: count('task', all.getCustomTask),
    getVideoCollaboration: count('video', all.getVideoCollaboration),
    getConversations: count('conversations', all.getConversations),
  };
  return { api, calls };
}

let events = 0;

export function taskOf(event_type: string, fields: Partial<EnrichmentTask> = {}): EnrichmentTask {
  return newEnrichmentTask({ event_id: `e-${++events}`, event_type, project_id: 'p-1', created_at: NOW, ...fields });
}

export function contextOf(api: ClaimxApi, fields: Partial<HandlerContext> = {}): HandlerContext {
  return { api, projectId: 'p-1', project: null, signal: new AbortController().signal, now: () => NOW, ...fields };
}

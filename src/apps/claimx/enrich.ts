import { Failure } from '../../processors/options.ts';
import type { ClaimxApi } from './api-client.ts';
import { collectRows, countRows, failedWith, skipped, type Outcome } from './entities.ts';
import { handlerOf } from './handlers/index.ts';
import type { Handler, HandlerContext } from './handlers/handler.ts';
import type { ProjectBatch } from './project-batch.ts';
import { projectRow, stampOf } from './rows.ts';
import {
  newEnrichmentResult,
  newEventLogRow,
  type DownloadTask,
  type EnrichmentResult,
  type EnrichmentTask,
  type EventLogRow,
  type ProjectRow,
} from './schemas.generated.ts';

/** What enrichment made of a batch. */
export interface EnrichedBatch {
  /** The project as fetched for this batch; null when it was known already or ClaimX has none. */
  readonly project: ProjectRow | null;
  readonly result: EnrichmentResult;
  /** The events to try again, or to give up; the others of the batch are done. */
  readonly failures: readonly Failure<EnrichmentTask>[];
}

export interface EnrichContext {
  readonly api: ClaimxApi;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Types of events after which the project itself looks different. */
const CHANGES_PROJECT: ReadonlySet<string> = new Set(['PROJECT_CREATED', 'PROJECT_MFN_ADDED']);

/**
 * Enriches the events of one project.
 *
 * 1. Pre-flight: the project's row, unless it is known and no event changes it. No row that names a project is made
 *    before the project's own: if ClaimX cannot be asked, all events of the batch are tried again later; if it has no
 *    such project, they are skipped with a line in the log.
 * 2. Each handler gets its events, all handlers at once. What one of them cannot do fails its own events only.
 * 3. Rows are collected by key, downloads by media item, and each event that is done gets a line in the log.
 */
export async function enrichBatch(
  projectId: string,
  batch: ProjectBatch,
  context: EnrichContext,
): Promise<EnrichedBatch> {
  const tasks = batch.items.map((item) => item.value);
  const first = tasks[0];
  if (first === undefined)
    return { project: null, result: newEnrichmentResult({ project_id: projectId }), failures: [] };
  let project: ProjectRow | null = null;
  try {
    if (!batch.known || tasks.some((task) => CHANGES_PROJECT.has(task.event_type))) {
      const answer = await context.api.getProject(projectId, context.signal);
      if (answer === null && !batch.known) {
        const none = tasks.map((task) => skipped(task, 'ClaimX has no such project'));
        return finish(projectId, batch, null, none, context);
      }
      const cause = tasks.find((task) => CHANGES_PROJECT.has(task.event_type)) ?? first;
      project = answer === null ? null : projectRow(answer, stampOf(cause, context.now()));
    }
  } catch (error) {
    return finish(
      projectId,
      batch,
      null,
      tasks.map((task) => failedWith(task, error)),
      context,
    );
  }
  const outcomes = await runHandlers(tasks, { ...context, projectId, project });
  return finish(projectId, batch, project, outcomes, context);
}

async function runHandlers(tasks: readonly EnrichmentTask[], context: HandlerContext): Promise<Outcome[]> {
  const byHandler = new Map<Handler, EnrichmentTask[]>();
  for (const task of tasks) {
    const handler = handlerOf(task.event_type);
    const some = byHandler.get(handler);
    if (some === undefined) byHandler.set(handler, [task]);
    else some.push(task);
  }
  const outcomes = await Promise.all(
    [...byHandler].map(async ([handler, some]) => {
      try {
        return await handler.handle(some, context);
      } catch (error) {
        return some.map((task) => failedWith(task, error));
      }
    }),
  );
  return outcomes.flat();
}

function finish(
  projectId: string,
  batch: ProjectBatch,
  project: ProjectRow | null,
  outcomes: readonly Outcome[],
  { now }: EnrichContext,
): EnrichedBatch {
  const items = new Map(batch.items.map((item) => [item.value, item]));
  const done = outcomes.filter((outcome) => outcome.status !== 'failed');
  const failures: Failure<EnrichmentTask>[] = [];
  for (const outcome of outcomes) {
    const item = items.get(outcome.task);
    if (outcome.status === 'failed' && item) failures.push(new Failure(outcome.error, outcome.task, item.record));
  }
  const downloads = new Map<string, DownloadTask>();
  for (const outcome of done) for (const download of outcome.downloads) downloads.set(download.media_id, download);
  const rows = collectRows([{ projects: project === null ? [] : [project] }, ...done.map((outcome) => outcome.rows)]);
  const result = newEnrichmentResult({
    project_id: projectId,
    ...rows,
    downloads: [...downloads.values()],
    event_log: done.map((outcome) => logRow(outcome, now())),
  });
  return { project, result, failures };
}

function logRow(outcome: Exclude<Outcome, { status: 'failed' }>, nowMs: number): EventLogRow {
  const { task } = outcome;
  return newEventLogRow({
    event_id: task.event_id,
    event_type: task.event_type,
    project_id: task.project_id,
    status: outcome.status,
    error: outcome.note,
    retry_count: task.retry_count,
    entity_rows: countRows(outcome.rows),
    download_tasks: outcome.downloads.length,
    processed_at: nowMs,
  });
}

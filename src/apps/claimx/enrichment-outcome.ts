import type { RecordContext } from '../../core/record.ts';
import { Failure } from '../../processors/options.ts';
import type { RoutedRow } from '../../sinks/delta/options.ts';
import { deadLetterReason } from '../shared/dead-letter.ts';
import type { EnrichedBatch } from './enrich.ts';
import type { ProjectBatch } from './project-batch.ts';
import {
  newEnrichmentResult,
  newFailedEnrichment,
  type EnrichmentResult,
  type EnrichmentTask,
  type FailedEnrichment,
} from './schemas.generated.ts';
import type { EntityTable } from './tables.ts';

/** A batch whose call failed as a whole, such as by its time limit: each of its events is tried again. */
export function failBatch(error: unknown, batch: ProjectBatch, projectId: string): EnrichedBatch {
  return {
    project: null,
    result: newEnrichmentResult({ project_id: projectId }),
    failures: batch.items.map(({ value, record }) => new Failure(error, value, record)),
  };
}

/** Rows and downloads in one record: large projects are cut, so that a record stays well below a broker's 1 MB. */
const MAX_ITEMS = 400;

/** What leaves the enrichment of a batch: results first, then the failures. */
export function* outcomesOf({
  result,
  failures,
}: EnrichedBatch): Generator<EnrichmentResult | Failure<EnrichmentTask>> {
  yield* cut(result);
  yield* failures;
}

/** Parents stay in the first piece, and the log's lines in the last. */
export function* cut(result: EnrichmentResult, maxItems: number = MAX_ITEMS): Generator<EnrichmentResult> {
  const { project_id, media, downloads, event_log, ...rest } = result;
  const pieces = Math.max(1, Math.ceil(Math.max(media.length, downloads.length) / maxItems));
  if (pieces === 1) {
    if (!isEmpty(result)) yield result;
    return;
  }
  for (let piece = 0; piece < pieces; piece++) {
    const [from, to] = [piece * maxItems, (piece + 1) * maxItems];
    yield newEnrichmentResult({
      project_id,
      ...(piece === 0 ? rest : {}),
      media: media.slice(from, to),
      downloads: downloads.slice(from, to),
      event_log: piece === pieces - 1 ? event_log : [],
    });
  }
}

function isEmpty({ project_id: _project, ...lists }: EnrichmentResult): boolean {
  return Object.values(lists).every((list) => list.length === 0);
}

/** Which row of a result goes to which table. */
export function* routeRows(result: EnrichmentResult): Generator<RoutedRow<EntityTable>> {
  for (const row of result.projects) yield { table: 'claimx_projects', row };
  for (const row of result.contacts) yield { table: 'claimx_contacts', row };
  for (const row of result.task_templates) yield { table: 'claimx_task_templates', row };
  for (const row of result.tasks) yield { table: 'claimx_tasks', row };
  for (const row of result.external_links) yield { table: 'claimx_external_links', row };
  for (const row of result.video_collab) yield { table: 'claimx_video_collab', row };
  for (const row of result.media) yield { table: 'claimx_attachment_metadata', row };
  for (const row of result.event_log) yield { table: 'claimx_event_log', row };
}

/** For `retry`: the dead letter of an event that could not be enriched. */
export function failedEnrichment(now: () => number) {
  return (task: EnrichmentTask, error: unknown, attempts: number, _record: RecordContext): FailedEnrichment =>
    newFailedEnrichment({
      event_id: task.event_id,
      event_type: task.event_type,
      project_id: task.project_id,
      task,
      ...deadLetterReason(error),
      attempts,
      failed_at: now(),
    });
}

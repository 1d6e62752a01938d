import type {
  ContactRow,
  DownloadTask,
  EnrichmentTask,
  ExternalLinkRow,
  MediaMetadataRow,
  ProjectRow,
  TaskRow,
  TaskTemplateRow,
  VideoCollabRow,
} from './schemas.generated.ts';

/** Rows for the seven entity tables. */
export interface EntityRows {
  readonly projects: readonly ProjectRow[];
  readonly contacts: readonly ContactRow[];
  readonly media: readonly MediaMetadataRow[];
  readonly tasks: readonly TaskRow[];
  readonly task_templates: readonly TaskTemplateRow[];
  readonly external_links: readonly ExternalLinkRow[];
  readonly video_collab: readonly VideoCollabRow[];
}

/** What became of one event. */
export type Outcome =
  | {
      readonly task: EnrichmentTask;
      readonly status: 'success' | 'skipped';
      /** Why it was skipped, for people. */
      readonly note: string | null;
      readonly rows: Partial<EntityRows>;
      readonly downloads: readonly DownloadTask[];
    }
  | { readonly task: EnrichmentTask; readonly status: 'failed'; readonly error: unknown };

export function succeeded(
  task: EnrichmentTask,
  rows: Partial<EntityRows>,
  downloads: readonly DownloadTask[] = [],
): Outcome {
  return { task, status: 'success', note: null, rows, downloads };
}

export function skipped(task: EnrichmentTask, note: string): Outcome {
  return { task, status: 'skipped', note, rows: {}, downloads: [] };
}

export function failedWith(task: EnrichmentTask, error: unknown): Outcome {
  return { task, status: 'failed', error };
}

/** How many rows there are in all. */
export function countRows(rows: Partial<EntityRows>): number {
  return Object.values(rows).reduce((sum, some) => sum + some.length, 0);
}

/** The rows of several events; of rows with the same key the last one stays. */
export function collectRows(parts: readonly Partial<EntityRows>[]): EntityRows {
  return {
    projects: latest(parts, 'projects', (row) => row.project_id),
    contacts: latest(parts, 'contacts', (row) => `${row.project_id}\u0000${row.contact_id}`),
    media: latest(parts, 'media', (row) => row.media_id),
    tasks: latest(parts, 'tasks', (row) => row.task_id),
    task_templates: latest(parts, 'task_templates', (row) => `${row.project_id}\u0000${row.template_id}`),
    external_links: latest(parts, 'external_links', (row) => row.link_id),
    video_collab: latest(parts, 'video_collab', (row) => row.collaboration_id),
  };
}

function latest<T extends keyof EntityRows>(
  parts: readonly Partial<EntityRows>[],
  table: T,
  key: (row: EntityRows[T][number]) => string,
): EntityRows[T][number][] {
  const rows = new Map<string, EntityRows[T][number]>();
  for (const part of parts) for (const row of part[table] ?? []) rows.set(key(row), row);
  return [...rows.values()];
}

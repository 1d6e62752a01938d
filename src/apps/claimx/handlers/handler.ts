import type { ClaimxApi } from '../api-client.ts';
import type { Outcome } from '../entities.ts';
import type { EnrichmentTask, ProjectRow } from '../schemas.generated.ts';

/**
 * Turns events of one project and one kind into rows. Called with all of them in a batch at once, so that one call of
 * the API can serve many.
 *
 * Answers one outcome for each task, in any order. A rejection fails all tasks of the call. Keys of rows come from the
 * events and the API alone, so a replay gives the same rows; and since the API tells its current state, a late replay
 * of an old event cannot take a newer state back.
 */
export interface Handler {
  readonly name: string;
  handle(tasks: readonly EnrichmentTask[], context: HandlerContext): Promise<readonly Outcome[]>;
}

export interface HandlerContext {
  readonly api: ClaimxApi;
  readonly projectId: string;
  /** The project's row if this batch had to fetch it, else null: it is known already. */
  readonly project: ProjectRow | null;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Groups tasks by an id; those without one are in `without`. */
export function groupById(
  tasks: readonly EnrichmentTask[],
  id: (task: EnrichmentTask) => string | null,
): { readonly groups: ReadonlyMap<string, readonly EnrichmentTask[]>; readonly without: readonly EnrichmentTask[] } {
  const groups = new Map<string, EnrichmentTask[]>();
  const without: EnrichmentTask[] = [];
  for (const task of tasks) {
    const key = id(task);
    if (key === null) without.push(task);
    else if (groups.has(key)) groups.get(key)?.push(task);
    else groups.set(key, [task]);
  }
  return { groups, without };
}

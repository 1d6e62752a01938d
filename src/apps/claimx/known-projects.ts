import type { BatchItem } from '../../processors/options.ts';
import type { Forward, ProcessorSupplier } from '../../processors/processor.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { KeyValueStore } from '../../state/store.ts';
import type { EnrichedBatch } from './enrich.ts';
import type { ProjectBatch } from './project-batch.ts';
import type { EnrichmentTask, ProjectRow } from './schemas.generated.ts';
import { projectRowSerde, textKey } from './serdes.ts';

/**
 * The table of known projects: the last row of each project that this application wrote. Used on both sides of the
 * enrichment call: before it, to spare the call of the API for a project that is known; after it, to keep what was
 * fetched.
 */
export const KNOWN_PROJECTS = 'known-projects';

export const knownProjectsSpec: StoreSpec = Object.freeze({
  name: KNOWN_PROJECTS,
  kind: 'keyValue',
  key: textKey,
  value: projectRowSerde,
  persistent: true,
  cached: true,
  logged: true,
  logConfig: {},
});

type Projects = KeyValueStore<string, ProjectRow>;

/** Says of each batch whether its project is known. */
export const lookUpProject: ProcessorSupplier<
  string,
  readonly BatchItem<EnrichmentTask>[],
  string,
  ProjectBatch
> = () => {
  let projects: Projects | undefined;
  let forward: Forward<string, ProjectBatch> | undefined;
  return {
    init: (context) => {
      projects = context.store<Projects>(KNOWN_PROJECTS);
      forward = context.forward;
    },
    process: (key, items, record) => {
      const known = projects !== undefined && projects.get(key) !== null;
      forward?.(key, { items, known }, record);
    },
  };
};

/** Projects for which a task remembers in memory that it has sent their row. Then it begins anew. */
const MAX_SENT = 50_000;

/**
 * Keeps the project that a batch fetched; and puts a known project's row before the first rows of each task that name
 * it. That second write repairs the one case in which the table knows a project whose row got lost: a crash that left
 * the table's changelog record on the broker but not the row's. It is idempotent, since tables merge by key.
 */
export const keepProject: ProcessorSupplier<string, EnrichedBatch, string, EnrichedBatch> = () => {
  const sent = new Set<string>();
  let projects: Projects | undefined;
  let forward: Forward<string, EnrichedBatch> | undefined;
  return {
    init: (context) => {
      projects = context.store<Projects>(KNOWN_PROJECTS);
      forward = context.forward;
    },
    process: (key, batch, record) => {
      if (sent.size >= MAX_SENT) sent.clear();
      if (batch.project !== null) {
        projects?.put(key, batch.project);
        sent.add(key);
        forward?.(key, batch, record);
        return;
      }
      const row = sent.has(key) ? null : (projects?.get(key) ?? null);
      sent.add(key);
      forward?.(key, row === null ? batch : { ...batch, result: { ...batch.result, projects: [row] } }, record);
    },
  };
};

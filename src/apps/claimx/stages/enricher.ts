import { histogramIn } from '../../../observe/histogram.ts';
import type { StageContext } from '../../../runtime/define-app.ts';
import { deltaTables } from '../../../sinks/delta/delta-tables.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { classifyFailure } from '../../shared/dead-letter.ts';
import { openStageMeter } from '../../shared/stage-meter.ts';
import { flushOptions } from '../../shared/table-sink.ts';
import { openApi } from '../api.ts';
import { enrichmentBuckets, type ClaimxConfig } from '../config.ts';
import { enrichBatch } from '../enrich.ts';
import { failBatch, failedEnrichment, outcomesOf, routeRows } from '../enrichment-outcome.ts';
import { keepProject, KNOWN_PROJECTS, knownProjectsSpec, lookUpProject } from '../known-projects.ts';
import { projectBatchSerde } from '../project-batch.ts';
import {
  downloadTaskSerde,
  enrichmentResultSerde,
  enrichmentTaskSerde,
  failedEnrichmentSerde,
  textKey,
} from '../serdes.ts';
import { claimxTables, ENTITY_ORDER, type EntityTable } from '../tables.ts';
import type { NamedTableOptions } from '../../../sinks/delta/options.ts';

/** Upper bounds: batches hold ten events unless configured otherwise. */
const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100];

/**
 * Enrichment tasks → batches by project → the ClaimX API → rows of the entity tables and of the log, and one download
 * task for each media item.
 *
 * Tables merge by key, and each result tells the API's state at the time of its call. Calls of a project go out in the
 * order of its events and their results are merged in that order, so the later state stays: an event that is handled
 * twice, or again from a retry topic, writes what is true then and not what was true at the event.
 */
export function enricherTopology(context: StageContext<ClaimxConfig>): Topology {
  const { config, clock } = context;
  const { topics, enrichment } = config;
  const api = openApi('enricher', context);
  const now = (): number => clock.now();
  const meter = openStageMeter({ app: 'claimx', stage: 'enricher' }, context);
  const countBatch = histogramIn(context.metrics, {
    name: 'claimx_enrichment_batch_events',
    help: 'events of one project that were enriched together',
    labels: { stage: 'enricher' },
    buckets: BATCH_SIZES,
  });
  const builder = new StreamsBuilder().addStore(knownProjectsSpec);

  const results = builder
    .stream(topics.enrichmentPending, { key: textKey, value: enrichmentTaskSerde, name: 'enrichment-tasks' })
    .retry(
      {
        name: 'enrichment',
        ...enrichmentBuckets(config),
        deadLetter: topics.enrichmentDeadLetter,
        ...meter.retry({
          classify: classifyFailure,
          next: (task, attempt) => ({ ...task, retry_count: attempt }),
          toDeadLetter: failedEnrichment(now),
        }),
        deadLetterValue: failedEnrichmentSerde,
        key: textKey,
        value: enrichmentTaskSerde,
      },
      (attempts) =>
        attempts
          .groupByKey({ key: textKey, value: enrichmentTaskSerde })
          .batch({
            name: 'batch-by-project',
            store: 'open-batches',
            maxRecords: enrichment.batchSize,
            maxWaitMs: enrichment.batchWaitMs,
          })
          .processValues(lookUpProject, { name: 'look-up-project', stores: [KNOWN_PROJECTS], value: projectBatchSerde })
          .mapAsync(
            (batch, projectId, { signal }) => {
              countBatch(batch.items.length);
              return meter.timed(() => enrichBatch(projectId, batch, { api, now, signal }));
            },
            {
              name: 'enrich',
              order: 'key',
              concurrency: enrichment.concurrency,
              timeoutMs: enrichment.timeoutMs,
              onError: failBatch,
              key: textKey,
              value: projectBatchSerde,
            },
          )
          .processValues(keepProject, { name: 'keep-project', stores: [KNOWN_PROJECTS] })
          .flatMapValues(outcomesOf, { name: 'results-and-failures' }),
    );

  results.sinkTo(
    deltaTables({
      ...flushOptions(context),
      tables: entityTables(config),
      order: ENTITY_ORDER,
      route: routeRows,
    }),
    { name: 'entities', key: textKey, value: enrichmentResultSerde },
  );
  results
    .flatMap((result) => result.downloads.map((task) => [task.media_id, task] as const), { name: 'download-tasks' })
    .to(topics.downloadsPending, { key: textKey, value: downloadTaskSerde, name: 'downloads-pending' });

  return builder.build();
}

function entityTables({ lake }: ClaimxConfig): Record<EntityTable, NamedTableOptions> {
  const tables = ENTITY_ORDER.map((name) => [name, claimxTables.options(lake.tables, name)] as const);
  return Object.fromEntries(tables) as Record<EntityTable, NamedTableOptions>;
}

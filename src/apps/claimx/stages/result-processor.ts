import { counterFrom } from '../../../observe/metrics.ts';
import type { StageContext } from '../../../runtime/define-app.ts';
import { deltaTables } from '../../../sinks/delta/delta-tables.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { ClaimxConfig } from '../config.ts';
import { flushOptions } from '../flush.ts';
import { newEventLogRow, type FailedEnrichment, type UploadResult } from '../schemas.generated.ts';
import { failedDownloadSerde, failedEnrichmentSerde, textKey, uploadResultSerde } from '../serdes.ts';
import { tableOptions } from '../tables.ts';
import { inventoryRow, resultOfFailure } from '../upload-media.ts';

/**
 * How it all ended: results of uploads and downloads that were given up → the final status in the inventory; enrichments
 * that were given up → a line in the log of events, so that each event has one.
 */
export function resultProcessorTopology(context: StageContext<ClaimxConfig>): Topology {
  const { config } = context;
  const { topics, lake } = config;
  const builder = new StreamsBuilder();

  builder
    .stream(topics.downloadsResults, { key: textKey, value: uploadResultSerde, name: 'results' })
    .merge(
      builder
        .stream(topics.downloadsDeadLetter, { key: textKey, value: failedDownloadSerde, name: 'failed-downloads' })
        .mapValues(resultOfFailure, { name: 'failed-result' }),
      { name: 'all-results' },
    )
    .peek(resultCounter(context), { name: 'count-results' })
    .groupByKey({ key: textKey, value: uploadResultSerde })
    // A file that was stored stays stored, whatever another try for it comes to.
    .reduce((kept, next) => (kept.status === 'success' && next.status !== 'success' ? kept : next), {
      name: 'final-result',
      store: 'final-results',
      value: uploadResultSerde,
      cached: false,
    })
    .toStream({ name: 'final-results' })
    .sinkTo(
      deltaTables({
        ...flushOptions(context),
        tables: { claimx_attachments: tableOptions(lake.tables, 'claimx_attachments') },
        order: ['claimx_attachments'],
        route: (result) => [{ table: 'claimx_attachments', row: inventoryRow(result) }],
      }),
      { name: 'inventory', key: textKey, value: uploadResultSerde },
    );

  builder
    .stream(topics.enrichmentDeadLetter, { key: textKey, value: failedEnrichmentSerde, name: 'failed-enrichments' })
    .sinkTo(
      deltaTables({
        ...flushOptions(context),
        tables: { claimx_event_log: tableOptions(lake.tables, 'claimx_event_log') },
        order: ['claimx_event_log'],
        route: (failure) => [{ table: 'claimx_event_log', row: failureRow(failure) }],
      }),
      { name: 'failed-events', key: textKey, value: failedEnrichmentSerde },
    );

  return builder.build();
}

function failureRow(failure: FailedEnrichment) {
  return newEventLogRow({
    event_id: failure.event_id,
    event_type: failure.event_type,
    project_id: failure.project_id,
    status: 'failed',
    error: failure.error,
    retry_count: failure.task.retry_count,
    processed_at: failure.failed_at,
  });
}

/** Success and failure rates, as counters by status. */
function resultCounter({ metrics, onClose }: StageContext<ClaimxConfig>): (result: UploadResult) => void {
  const counts: Record<UploadResult['status'], number> = { success: 0, failed_transient: 0, failed_permanent: 0 };
  for (const status of Object.keys(counts) as UploadResult['status'][]) {
    onClose(
      counterFrom(metrics, {
        name: 'claimx_download_results_total',
        help: 'media items whose way has ended, by how',
        labels: { status },
        read: () => counts[status],
      }),
    );
  }
  return ({ status }) => void counts[status]++;
}

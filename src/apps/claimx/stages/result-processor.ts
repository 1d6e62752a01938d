import type { StageContext } from '../../../runtime/define-app.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { finalResults, resultCounter } from '../../shared/final-results.ts';
import { tableSink } from '../../shared/table-sink.ts';
import type { ClaimxConfig } from '../config.ts';
import { newEventLogRow, type FailedEnrichment } from '../schemas.generated.ts';
import { failedDownloadSerde, failedEnrichmentSerde, textKey, uploadResultSerde } from '../serdes.ts';
import { claimxTables } from '../tables.ts';
import { inventoryRow, resultOfFailure } from '../upload-media.ts';

/**
 * How it all ended: results of uploads and downloads that were given up → the final status in the inventory; enrichments
 * that were given up → a line in the log of events, so that each event has one.
 */
export function resultProcessorTopology(context: StageContext<ClaimxConfig>): Topology {
  const { topics } = context.config;
  const builder = new StreamsBuilder();

  finalResults(builder, {
    topics,
    resultOfFailure,
    count: resultCounter(context, {
      name: 'claimx_download_results_total',
      help: 'media items whose way has ended, by how',
    }),
    inventory: tableSink(context, claimxTables, 'claimx_attachments', inventoryRow),
    result: uploadResultSerde,
    failed: failedDownloadSerde,
  });

  builder
    .stream(topics.enrichmentDeadLetter, { key: textKey, value: failedEnrichmentSerde, name: 'failed-enrichments' })
    .sinkTo(tableSink(context, claimxTables, 'claimx_event_log', failureRow), {
      name: 'failed-events',
      key: textKey,
      value: failedEnrichmentSerde,
    });

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

import type { StageContext } from '../../../runtime/define-app.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { finalResults, resultCounter } from '../../shared/final-results.ts';
import { tableSink } from '../../shared/table-sink.ts';
import type { XactConfig } from '../config.ts';
import { downloadResultSerde, failedDownloadSerde } from '../serdes.ts';
import { xactTables } from '../tables.ts';
import { inventoryRow, resultOfFailure } from '../upload-attachment.ts';

/** How it all ended: results of uploads and downloads that were given up → the final status in the inventory. */
export function resultProcessorTopology(context: StageContext<XactConfig>): Topology {
  const builder = new StreamsBuilder();

  finalResults(builder, {
    topics: context.config.topics,
    resultOfFailure,
    count: resultCounter(context, {
      name: 'xact_download_results_total',
      help: 'attachments whose way has ended, by how',
    }),
    inventory: tableSink(context, xactTables, 'xact_attachments', inventoryRow),
    result: downloadResultSerde,
    failed: failedDownloadSerde,
  });

  return builder.build();
}

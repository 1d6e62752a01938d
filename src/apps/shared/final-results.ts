import type { Serde } from '../../core/serde.ts';
import { counterFrom } from '../../observe/metrics.ts';
import type { StageContext } from '../../runtime/define-app.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { SinkConnector } from '../../sinks/sink.ts';
import type { StreamsBuilder } from '../../topology/builder.ts';
import type { FileResult } from './store-files.ts';

export interface FinalResultsOptions<R extends FileResult, D> {
  readonly topics: { readonly downloadsResults: string; readonly downloadsDeadLetter: string };
  /** A download that was given up, as the result that its way ends with. */
  readonly resultOfFailure: (failure: D) => R;
  /** Called for each result, repeated ones too. */
  readonly count: (result: R) => void;
  readonly inventory: SinkConnector<string, R>;
  readonly result: Serde<R>;
  readonly failed: Serde<D>;
}

/** Results of uploads and downloads that were given up → the final status in the inventory. */
export function finalResults<R extends FileResult, D>(
  builder: StreamsBuilder,
  options: FinalResultsOptions<R, D>,
): void {
  const { topics, resultOfFailure, count, inventory, result: value } = options;
  const key = serdes.string;
  builder
    .stream(topics.downloadsResults, { key, value, name: 'results' })
    .merge(
      builder
        .stream(topics.downloadsDeadLetter, { key, value: options.failed, name: 'failed-downloads' })
        .mapValues((failure) => resultOfFailure(failure), { name: 'failed-result' }),
      { name: 'all-results' },
    )
    .peek(count, { name: 'count-results' })
    .groupByKey({ key, value })
    // A file that was stored stays stored, whatever another try for it comes to.
    .reduce((kept, next) => (kept.status === 'success' && next.status !== 'success' ? kept : next), {
      name: 'final-result',
      store: 'final-results',
      value,
      cached: false,
    })
    .toStream({ name: 'final-results' })
    .sinkTo(inventory, { name: 'inventory', key, value });
}

/** Success and failure rates, as counters by status. */
export function resultCounter(
  { metrics, onClose }: Pick<StageContext<unknown>, 'metrics' | 'onClose'>,
  { name, help }: { readonly name: string; readonly help: string },
): (result: FileResult) => void {
  const counts: Record<FileResult['status'], number> = { success: 0, failed_transient: 0, failed_permanent: 0 };
  for (const status of Object.keys(counts) as FileResult['status'][]) {
    onClose(counterFrom(metrics, { name, help, labels: { status }, read: () => counts[status] }));
  }
  return ({ status }) => void counts[status]++;
}

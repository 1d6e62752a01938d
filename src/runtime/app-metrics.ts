import type { MetricsRegistry } from '../observe/metrics.ts';
import type { AppState } from './app-state.ts';
import { MetricGroup } from './metrics/metric-group.ts';
import { version } from '../core/version.ts';

/** Kafka Streams' numbers of `client-state`. */
const STATE_NUMBERS: Readonly<Record<AppState, number>> = {
  CREATED: 0,
  REBALANCING: 1,
  RUNNING: 2,
  PENDING_SHUTDOWN: 3,
  NOT_RUNNING: 4,
  PENDING_ERROR: 5,
  ERROR: 6,
};

/** Shows an application's state and restarts; answers what takes the metrics away again. */
export function showAppMetrics(
  registry: MetricsRegistry,
  applicationId: string,
  read: {
    readonly state: () => AppState;
    readonly restarts: () => number;
    readonly threads: () => number;
    readonly repeatedFailures: () => number;
  },
): () => void {
  const group = new MetricGroup(registry, 'kafka_streams_stream_metrics', { application_id: applicationId })
    .gauge(
      'client_state',
      'State of the application: 0 created, 1 rebalancing, 2 running, 3 pending shutdown, 4 not running, 5 pending error, 6 error',
      () => STATE_NUMBERS[read.state()],
    )
    .gauge('alive_stream_threads', 'Stream threads that run', read.threads)
    .counter('failed_stream_threads', 'Stream threads that failed and were replaced', read.restarts)
    .gauge(
      'repeated_failures',
      'How often threads ended at the same record or task, the one that did most often; 0: none did more than once',
      read.repeatedFailures,
    )
    .gauge('version', 'The version of this library, as a label; always 1', () => 1, { version });
  return () => group.hide();
}

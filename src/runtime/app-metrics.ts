import { counterFrom, gaugeFrom, type MetricsRegistry } from '../observe/metrics.ts';
import type { AppState } from './app-state.ts';
import type { StreamTask } from './stream-task.ts';

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
  const labels = { application_id: applicationId };
  const shown = [
    gaugeFrom(registry, {
      name: 'kafka_stream_client_state',
      help: 'State of the application: 0 created, 1 rebalancing, 2 running, 3 pending shutdown, 4 not running, 5 pending error, 6 error',
      labels,
      read: () => STATE_NUMBERS[read.state()],
    }),
    counterFrom(registry, {
      name: 'kafka_stream_client_failed_stream_threads_total',
      help: 'Stream threads that failed and were replaced',
      labels,
      read: read.restarts,
    }),
    gaugeFrom(registry, {
      name: 'kafka_stream_client_alive_stream_threads',
      help: 'Stream threads that run',
      labels,
      read: read.threads,
    }),
    gaugeFrom(registry, {
      name: 'kafka_stream_client_repeated_failures',
      help: 'How often threads ended at the same record or task, the one that did most often; 0: none did more than once',
      labels,
      read: read.repeatedFailures,
    }),
  ];
  return () => shown.forEach((remove) => remove());
}

/** Shows a task's counters while it runs here; answers what takes them away again. */
export function showTaskMetrics(registry: MetricsRegistry, applicationId: string, task: StreamTask): () => void {
  const labels = { application_id: applicationId, task_id: task.id };
  const { metrics } = task;
  const counters: readonly [string, string, () => number][] = [
    ['process', 'Records processed', () => metrics.processed],
    ['dropped_records', 'Records dropped, for whatever reason', () => sum(metrics.drops.values())],
    ['commit', 'Commits', () => metrics.commits],
    ['restored_records', 'Changelog records read into stores', () => metrics.restored],
    ['sent_records', 'Records written to topics by sink nodes', () => task.collector.sent],
  ];
  const gauges: readonly [string, string, () => number][] = [
    [
      'lag_records',
      'Records on the broker that were not processed, as far as is known',
      () => sum(task.queues.map((queue) => queue.lag)),
    ],
    ['async_in_flight', 'Calls of async operators that run, and open batches', () => task.asyncUnfinished],
    ['uncommitted_bytes', 'Bytes written to stores since the last commit', () => task.state.uncommittedBytes],
  ];
  const shown = [
    ...counters.map(([name, help, read]) =>
      counterFrom(registry, { name: `kafka_stream_task_${name}_total`, help, labels, read }),
    ),
    ...gauges.map(([name, help, read]) =>
      gaugeFrom(registry, { name: `kafka_stream_task_${name}`, help, labels, read }),
    ),
  ];
  return () => shown.forEach((remove) => remove());
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

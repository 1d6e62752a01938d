import { histogramIn, SECONDS } from '../../observe/histogram.ts';
import { counterFrom } from '../../observe/metrics.ts';
import type { RetryOptions } from '../../processors/options.ts';
import type { StageContext } from '../../runtime/define-app.ts';
import { failureCategory } from './dead-letter.ts';

/** What the stages of both applications count, under the same names, told apart by the labels `app` and `stage`. */
export interface StageMeter {
  /** Runs one step and adds its time to `processing_seconds`, whether it succeeds or fails. */
  timed<T>(step: () => Promise<T>): Promise<T>;
  /** `errors_total`, by category. */
  error(category: string): void;
  /** `dead_letters_total`, by the same category. */
  deadLetter(category: string): void;
  /** The steps of a `retry` with their counting: each failure, each way into a bucket (`retries_total`), each dead letter. */
  retry<V, D>(steps: RetrySteps<V, D>): RetrySteps<V, D>;
}

export type RetrySteps<V, D> = Required<Pick<RetryOptions<string, V, D>, 'classify' | 'next' | 'toDeadLetter'>>;

export interface StageName {
  readonly app: string;
  readonly stage: string;
}

export function openStageMeter(
  { app, stage }: StageName,
  { metrics, onClose }: Pick<StageContext<unknown>, 'metrics' | 'onClose'>,
): StageMeter {
  const labels = { app, stage };
  const observe = histogramIn(metrics, {
    name: 'processing_seconds',
    help: 'time for one step of a stage: a batch that is enriched, a file that is fetched or stored',
    labels,
    buckets: SECONDS,
  });
  const counter = (name: string, help: string, label: string): ((value: string) => void) => {
    const counts = new Map<string, { count: number }>();
    return (value) => {
      let known = counts.get(value);
      if (known === undefined) {
        const made = { count: 0 };
        counts.set(value, (known = made));
        const hide = counterFrom(metrics, {
          name,
          help,
          labels: { ...labels, [label]: value },
          read: () => made.count,
        });
        onClose(hide);
      }
      known.count++;
    };
  };
  const error = counter('errors_total', 'failures of records, by category', 'category');
  const deadLetter = counter('dead_letters_total', 'records that were given up, by category', 'category');
  const retried = counter('retries_total', 'records that went to a retry topic, by the tries they had', 'attempt');
  return {
    timed: async (step) => {
      const begun = performance.now();
      try {
        return await step();
      } finally {
        observe((performance.now() - begun) / 1000);
      }
    },
    error,
    deadLetter,
    retry: ({ classify, next, toDeadLetter }) => ({
      classify: (failure, value) => {
        error(failureCategory(failure));
        return classify(failure, value);
      },
      next: (value, attempt, failure) => {
        retried(String(attempt));
        return next(value, attempt, failure);
      },
      toDeadLetter: (value, failure, attempts, record) => {
        deadLetter(failureCategory(failure));
        return toDeadLetter(value, failure, attempts, record);
      },
    }),
  };
}

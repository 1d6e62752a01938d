import { beforeEach, expect, it } from 'vitest';
import { StreamsError } from '../../src/core/errors.ts';
import { NO_HEADERS, type RecordContext, setHeaders, withHeaders } from '../../src/core/record.ts';
import { Failure } from '../../src/processors/options.ts';
import type { Processor } from '../../src/processors/processor.ts';
import { retryDueTime, retryRouter, type RetryRouterOptions } from '../../src/processors/retry-router.ts';
import { recordAt } from '../../src/testing/contracts/stores.ts';
import { type Forwarded, FakeTask } from './fake-context.ts';

let task: FakeTask;
let router: Processor<string>;
const children = { bucket: ['bucket-0', 'bucket-1'], deadLetter: 'dead', passed: 'passed' };

function start(options: Partial<RetryRouterOptions<string, string>> = {}): void {
  task = new FakeTask(null, 50_000);
  router = retryRouter<string, string, string>({ delaysMs: [1_000, 60_000], children, ...options })();
  router.init?.(task.context);
}
beforeEach(() => start());

const fail = (error: unknown, record: RecordContext = recordAt(777, 42)): Forwarded | undefined => {
  router.process('k', new Failure(error, 'v', record), record);
  return task.forwarded.at(-1);
};
const headersOf = (forwarded: Forwarded | undefined): Record<string, string> =>
  Object.fromEntries((forwarded?.record.headers ?? []).map(({ key, value }) => [key, value?.toString() ?? '']));

it('passes on what did not fail, as it is', () => {
  const record = recordAt(1);
  router.process('k', 'result', record);
  expect(task.forwarded).toEqual([{ child: 'passed', key: 'k', value: 'result', record }]);
  expect(task.forwarded[0]?.record).toBe(record);
});

it('sends a first failure to the first bucket, and says what, where, when and until when', () => {
  const sent = fail(
    new TypeError('no luck'),
    withHeaders(recordAt(777, 42), [{ key: 'trace', value: Buffer.from('t') }]),
  );
  expect(sent).toMatchObject({ child: 'bucket-0', key: 'k', value: 'v', record: { timestamp: 777 } });
  expect(headersOf(sent)).toEqual({
    trace: 't',
    '__streams.retry.attempt': '1',
    '__streams.retry.due': '51000',
    '__streams.retry.first': '50000',
    '__streams.retry.topic': 'input',
    '__streams.retry.partition': '0',
    '__streams.retry.offset': '42',
    '__streams.retry.timestamp': '777',
    '__streams.retry.exception': 'TypeError',
    '__streams.retry.message': 'no luck',
  });
  expect(sent && retryDueTime(sent.record)).toBe(51_000);
  expect(retryDueTime(recordAt(5))).toBe(0);
});

it('goes from bucket to bucket, keeping where the record came from, and then to the dead letter', () => {
  const first = fail(new Error('one'));
  task.clock.advance(2_000);
  const again = { ...recordAt(777, 3), topic: 'app-retry-1s', headers: first?.record.headers ?? NO_HEADERS };
  const second = fail(new Error('two'), again);
  expect(second?.child).toBe('bucket-1');
  expect(headersOf(second)).toMatchObject({
    '__streams.retry.attempt': '2',
    '__streams.retry.due': '112000',
    '__streams.retry.first': '50000',
    '__streams.retry.topic': 'input',
    '__streams.retry.offset': '42',
    '__streams.retry.message': 'two',
  });
  const dead = fail(new Error('three'), { ...again, headers: second?.record.headers ?? NO_HEADERS });
  expect(dead).toMatchObject({ child: 'dead', value: 'v' });
  const headers = headersOf(dead);
  expect(headers).toMatchObject({
    '__streams.errors.exception': 'Error',
    '__streams.errors.message': 'three',
    '__streams.errors.topic': 'input',
    '__streams.errors.partition': '0',
    '__streams.errors.offset': '42',
    '__streams.retry.attempt': '3',
  });
  expect(headers['__streams.errors.stacktrace']).toContain('Error: three');
  expect(headers).not.toHaveProperty(['__streams.retry.due']);
});

it('sends what says that it is no use to the dead letter at once', () => {
  const dead = fail(new StreamsError('SCHEMA_INVALID', 'never'));
  expect(dead?.child).toBe('dead');
  expect(headersOf(dead)['__streams.errors.exception']).toBe('StreamsError:SCHEMA_INVALID');
});

it('asks the application what is transient, what to try next and what the dead letter is', () => {
  start({
    classify: (error) => (error === 'busy' ? 'transient' : 'permanent'),
    next: (value, attempt, error) => `${value} again ${attempt} ${String(error)}`,
    toDeadLetter: (value, error, attempts, record) => ({ value, error, attempts, offset: record.offset }),
  });
  expect(fail('busy')).toMatchObject({ child: 'bucket-0', value: 'v again 1 busy' });
  expect(fail('broken')).toMatchObject({
    child: 'dead',
    value: { value: 'v', error: 'broken', attempts: 1, offset: 42 },
  });
});

it('cuts long messages', () => {
  const sent = fail(new Error('x'.repeat(5_000)));
  expect(headersOf(sent)['__streams.retry.message']).toHaveLength(1_000);
});

it('takes the headers of the retry off what got through', () => {
  const headers = setHeaders([{ key: 'trace', value: null }], {
    '__streams.retry.attempt': '2',
    '__streams.retry.due': '9',
  });
  router.process('k', 'result', withHeaders(recordAt(1), headers));
  expect(task.forwarded[0]?.record.headers).toEqual([{ key: 'trace', value: null }]);
});

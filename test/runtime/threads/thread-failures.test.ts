import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/core/clock.ts';
import { StreamsError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { ThreadFailures } from '../../../src/runtime/threads/thread-failures.ts';
import { defaultAnswer, type UncaughtExceptionHandler } from '../../../src/runtime/uncaught-exception.ts';

const at = (offset: number): StreamsError =>
  new StreamsError('PROCESSING', 'no', { topic: 'in', partition: 2, offset, task: '0_2' });
const passing = (task: string): StreamsError => new StreamsError('REGISTRY_UNAVAILABLE', 'no answer', { task });

describe('ThreadFailures', () => {
  const make = (handler: UncaughtExceptionHandler = () => 'replaceThread') => {
    const clock = new ManualClock();
    return { clock, failures: new ThreadFailures({ handler, taskTimeoutMs: 300_000, clock, logger: silentLogger }) };
  };

  it('replaces a thread whose failure may pass, and stops the instance for others', () => {
    const { failures } = make(defaultAnswer);
    const answers = [
      new StreamsError('BROKER_UNAVAILABLE', 'no broker'),
      new StreamsError('FENCED', 'fenced'),
      new StreamsError('FENCED', 'fenced', { kafkaError: 'FENCED_INSTANCE_ID' }),
      at(1),
      new TypeError('a bug'),
    ].map((error) => failures.judge(error).answer);
    expect(answers).toEqual(['replaceThread', 'replaceThread', 'shutdownClient', 'shutdownClient', 'shutdownClient']);
  });

  it('does as the application’s handler says, and stops the instance when that throws', () => {
    const { failures } = make((error) => {
      if (error.message === 'all') return 'shutdownApplication';
      throw new Error('the handler itself');
    });
    expect(failures.judge(new Error('all')).answer).toBe('shutdownApplication');
    expect(failures.judge(new Error('x'))).toMatchObject({ answer: 'shutdownClient', error: { message: 'x' } });
  });

  it('asks nobody when another instance has stopped the application', () => {
    const { failures } = make();
    expect(failures.judge(new StreamsError('SHUTDOWN_REQUESTED', 'stop')).answer).toBe('shutdownClient');
  });

  it('does not replace threads for ever that end at one record, whatever ends others meanwhile', () => {
    const { clock, failures } = make();
    const answers: string[] = [];
    for (let i = 1; i <= 10; i++) {
      clock.advance(30_000);
      answers.push(failures.judge(at(7)).answer);
      failures.judge(at(100 + i));
      if (i === 3) expect(failures.repeated).toEqual({ place: 'in-2@7', times: 3 });
    }
    expect(answers).toEqual([...Array.from({ length: 9 }, () => 'replaceThread'), 'shutdownClient']);
  });

  it('gives a task its time-out for failures that may pass, and says TASK_TIMEOUT with the cause', () => {
    const { clock, failures } = make(defaultAnswer);
    for (let ms = 0; ms < 300_000; ms += 60_000) {
      expect(failures.judge(passing('1_0')).answer).toBe('replaceThread');
      clock.advance(60_000);
    }
    expect(failures.judge(passing('1_0'))).toMatchObject({
      answer: 'shutdownClient',
      error: { code: 'TASK_TIMEOUT', coordinates: { task: '1_0' }, cause: { code: 'REGISTRY_UNAVAILABLE' } },
    });
  });

  it('forgets a place that was quiet for a while', () => {
    const { clock, failures } = make(defaultAnswer);
    for (let i = 0; i < 5; i++) {
      expect(failures.judge(passing('1_0')).answer).toBe('replaceThread');
      clock.advance(200_000);
    }
    expect(failures.repeated).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { StreamsError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { TaskOpenings } from '../../src/runtime/task-openings.ts';

const locked = new StreamsError('STATE_DIR_LOCKED', 'in use');

function make(taskTimeoutMs = 5_000) {
  const clock = new ManualClock();
  return { clock, openings: new TaskOpenings({ taskTimeoutMs, clock, logger: silentLogger }) };
}

describe('TaskOpenings', () => {
  it('names a task once its back-off is over, each time later, and forgets it when it is well', () => {
    const { clock, openings } = make(60_000);
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      openings.failed('0_0', false, locked);
      expect(openings.takeDue()).toEqual([]);
      let waited = 0;
      for (; !openings.due; waited += 10) clock.advance(10);
      waits.push(waited);
      expect(openings.takeDue()).toEqual(['0_0']);
      expect([openings.due, openings.waiting]).toEqual([false, []]);
    }
    waits.forEach((wait, i) => {
      expect(wait).toBeGreaterThanOrEqual(100 * 2 ** i);
      expect(wait).toBeLessThanOrEqual(210 * 2 ** i);
    });
    openings.forget('0_0');
    openings.failed('0_0', false, locked);
    expect(openings.waiting).toEqual([{ id: '0_0', standby: false, error: 'in use', times: 1, forMs: 0 }]);
  });

  it('gives an active task its time-out, and a standby for ever', () => {
    const { clock, openings } = make(5_000);
    openings.failed('0_0', false, locked);
    openings.failed('0_1', true, locked);
    clock.advance(4_999);
    openings.failed('0_0', false, locked);
    openings.failed('0_1', true, locked);
    clock.advance(1);
    openings.failed('0_1', true, locked);
    expect(() => openings.failed('0_0', false, locked)).toThrow(
      expect.objectContaining({
        code: 'TASK_TIMEOUT',
        coordinates: { task: '0_0' },
        cause: expect.objectContaining({ code: 'STATE_DIR_LOCKED' }),
      }),
    );
  });

  it.each([
    ['a folder in use', locked],
    ['a full disk', new StreamsError('STATE_WRITE_FAILED', 'full')],
    ['state that cannot be read', new StreamsError('STATE_CORRUPT', 'damaged')],
    ['a folder without rights', Object.assign(new Error('denied'), { code: 'EACCES' })],
    ['a topic without rights', new StreamsError('KAFKA_ERROR', 'no', { kafkaError: 'TOPIC_AUTHORIZATION_FAILED' })],
    ['a registry without rights', new StreamsError('AUTH_FAILED', 'no')],
    ['no broker', new StreamsError('BROKER_UNAVAILABLE', 'no')],
  ])('waits for %s', (_what, error) => {
    const { openings } = make();
    openings.failed('0_0', false, error);
    expect(openings.waiting.length).toBe(1);
  });

  it.each([
    ['a topic that is not there', new StreamsError('TOPIC_MISSING', 'no')],
    ['a task that the topology does not have', new StreamsError('ILLEGAL_STATE', 'no')],
    ['a mistake in the code', new TypeError('no')],
  ])('throws %s at once, with the task where it is ours', (_what, error) => {
    const { openings } = make();
    expect(() => openings.failed('0_0', true, error)).toThrow(
      error instanceof StreamsError ? expect.objectContaining({ coordinates: { task: '0_0' } }) : error,
    );
    expect(openings.waiting).toEqual([]);
  });

  it('keeps what is still assigned in the same role', () => {
    const { openings } = make();
    openings.failed('0_0', false, locked);
    openings.failed('0_1', true, locked);
    openings.keep((id, standby) => id === '0_1' && standby);
    expect(openings.waiting.map(({ id }) => id)).toEqual(['0_1']);
  });
});

import { describe, expect, it } from 'vitest';
import { StreamsError } from '../../src/core/errors.ts';
import { headerText, type Headers, NO_HEADERS, type RecordContext } from '../../src/core/record.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import type { FaultHandler } from '../../src/runtime/config.ts';
import { faultPolicy } from '../../src/runtime/fault-policy.ts';
import { TaskMetrics } from '../../src/runtime/task-metrics.ts';

const record: RecordContext = { timestamp: 1, headers: NO_HEADERS, topic: 'in', partition: 5, offset: 4 };
const bytes = Buffer.from('bytes');

interface Sent {
  readonly topic: string;
  readonly partition: number;
  readonly value: string | null;
  readonly header: (name: string) => string | undefined;
}

function make(handler: FaultHandler, maxBytes = Infinity) {
  const sent: Sent[] = [];
  const metrics = new TaskMetrics();
  const faults = faultPolicy({
    taskId: '0_5',
    deserialization: handler,
    processing: handler,
    production: handler,
    deadLetter: { topic: 'dead', partitions: 2 },
    sender: {
      send: (topic: string, partition: number, _key, value: Buffer | null, _timestamp, headers: Headers) => {
        if ((value?.length ?? 0) > maxBytes) throw new StreamsError('RECORD_TOO_LARGE', 'too large');
        const header = (name: string): string | undefined => headerText(headers, `__streams.errors.${name}`);
        sent.push({ topic, partition, value: value?.toString() ?? null, header });
      },
    },
    rawOf: () => [null, bytes],
    later: () => undefined,
    metrics,
    logger: silentLogger,
  });
  return { faults, sent, metrics };
}

describe('faultPolicy', () => {
  it.each(['fail', 'retry'] as const)('throws the fault with where it was, for %s', (verdict) => {
    const { faults } = make(verdict);
    expect(() => faults.processing(new RangeError('no'), 'N', 'k', 'v', record)).toThrow(
      expect.objectContaining({
        code: 'PROCESSING',
        coordinates: { topic: 'in', partition: 5, offset: 4, task: '0_5', node: 'N' },
      }),
    );
  });

  it('gives no record up for a fault of the store, whatever the handler says', () => {
    const { faults, sent, metrics } = make('deadLetter');
    const damaged = new StreamsError('STATE_CORRUPT', 'a block is damaged');
    expect(() => faults.processing(damaged, 'N', 'k', 'v', record)).toThrow(
      expect.objectContaining({
        code: 'STATE_CORRUPT',
        coordinates: { topic: 'in', partition: 5, offset: 4, task: '0_5', node: 'N' },
      }),
    );
    expect([sent, metrics.drops.size]).toEqual([[], 0]);
  });

  it('counts a record that is passed over as dropped', () => {
    const { faults, sent, metrics } = make('continue');
    faults.deserialization(new Error('no'), 'N', record, bytes, bytes);
    expect([sent, [...metrics.drops]]).toEqual([[], [['deserialization N', 1]]]);
  });

  it('sends a dead letter with the input’s bytes and KIP-1034’s headers', () => {
    const { faults, sent } = make('deadLetter');
    faults.processing(new RangeError('no'), 'N', 'k', 'v', record);
    const [letter] = sent;
    expect([letter?.topic, letter?.partition, letter?.value]).toEqual(['dead', 1, 'bytes']);
    expect(['exception', 'message', 'topic', 'partition', 'offset'].map((name) => letter?.header(name))).toEqual([
      'RangeError',
      'no',
      'in',
      '5',
      '4',
    ]);
    expect(letter?.header('stacktrace')).toContain('RangeError');
  });

  it('sends a dead letter without key and value when it is too large with its headers', () => {
    const { faults, sent } = make('deadLetter', 2);
    faults.processing(new RangeError('no'), 'N', 'k', 'v', record);
    expect(sent.map(({ value, header }) => [value, header('truncated'), header('offset')])).toEqual([
      [null, 'key and value', '4'],
    ]);
  });

  it('asks about a fault once, at the node that threw', () => {
    let asked = 0;
    const { faults } = make(() => {
      asked++;
      return 'fail';
    });
    let thrown: unknown = null;
    try {
      faults.processing(new Error('no'), 'INNER', 'k', 'v', record);
    } catch (error) {
      thrown = error;
    }
    expect(() => faults.processing(thrown, 'OUTER', 'k', 'v', record)).toThrow(
      expect.objectContaining({ code: 'PROCESSING' }),
    );
    expect(asked).toBe(1);
  });

  it('asks about the fault of an async call, which knows its own record', () => {
    const { faults, sent } = make('deadLetter');
    const synthetic: RecordContext = { ...record, topic: '', partition: -1, offset: -1 };
    const fault = new StreamsError('PROCESSING', 'no', {
      topic: 'in',
      partition: 3,
      offset: 9,
      node: 'N',
      cause: new TypeError('no'),
    });
    faults.processing(fault, 'N', null, null, synthetic);
    const [letter] = sent;
    expect([letter?.partition, ...['exception', 'topic', 'offset'].map((name) => letter?.header(name))]).toEqual([
      1,
      'TypeError',
      'in',
      '9',
    ]);
  });

  it('hands the handler the coordinates, not the content', () => {
    const seen: unknown[] = [];
    const { faults } = make((fault) => {
      seen.push(fault);
      return 'continue';
    });
    const error = new StreamsError('RECORD_TOO_LARGE', 'too large');
    faults.production(error, 'OUT', 'out', 'secret key', 'secret value', record);
    expect(seen).toMatchObject([{ topic: 'in', partition: 5, offset: 4, node: 'OUT', task: '0_5', timestamp: 1 }]);
    expect(JSON.stringify(seen)).not.toContain('secret');
  });
});

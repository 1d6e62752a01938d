import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/observe/logger.ts';
import { type LogMessage, sendingLogger, writeLine } from '../../../src/runtime/threads/thread-logger.ts';

describe('a logger whose lines go to another thread', () => {
  it('sends fields, those of its parents too, and nothing below its level', () => {
    const sent: LogMessage[] = [];
    const logger = sendingLogger('info', (line) => sent.push(structuredClone(line)));
    logger.debug('too fine');
    logger.child({ stage: 'a' }).child({ task: '0_0' }).warn({ lag: 3 }, 'slow');
    logger.info('only text');
    expect(sent).toEqual([
      { level: 'warn', fields: { stage: 'a', task: '0_0', lag: 3 }, text: 'slow' },
      { level: 'info', fields: {}, text: 'only text' },
    ]);
  });

  it('sends what cannot cross threads as text', () => {
    const sent: LogMessage[] = [];
    const logger = sendingLogger('trace', (line) => sent.push(structuredClone(line)));
    logger.error({ err: new RangeError('why'), call: () => undefined, bytes: 1n }, 'no');
    expect(sent[0]?.fields).toMatchObject({ err: expect.stringContaining('RangeError: why'), bytes: 1n });
    expect(typeof sent[0]?.fields['call']).toBe('string');
  });

  it('sends nothing where the application logs nothing', () => {
    const sent: LogMessage[] = [];
    sendingLogger('silent', (line) => sent.push(line)).error('nobody listens');
    expect(sent).toEqual([]);
  });

  it('comes out of the application’s logger as if it were written there', () => {
    const lines: string[] = [];
    const own = createLogger({ destination: { write: (line: string) => lines.push(line) } });
    writeLine(own.child({ thread: 't' }), { level: 'warn', fields: { lag: 3 }, text: 'slow' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', thread: 't', lag: 3, msg: 'slow' });
  });
});

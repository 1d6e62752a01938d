import { describe, expect, it } from 'vitest';

import { createLogger, type LoggerOptions } from '../../src/observe/logger.ts';

function logged(options: LoggerOptions = {}) {
  const lines: string[] = [];
  const logger = createLogger({ ...options, destination: { write: (text) => void lines.push(text) } });
  return { logger, lines, json: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('createLogger', () => {
  it('writes one JSON object per line, with the level by name, the time and the fields of the child', () => {
    const { logger, json } = logged({ fields: { app: 'claimx' } });
    logger.child({ stage: 'enricher' }).warn({ topic: 'events', partition: 2 }, 'behind');
    const [line] = json();
    expect(line).toMatchObject({
      level: 'warn',
      app: 'claimx',
      stage: 'enricher',
      topic: 'events',
      partition: 2,
      msg: 'behind',
    });
    expect(new Date(String(line?.['time'])).getTime()).toBeGreaterThan(0);
  });

  it('hides secrets, also inside a configuration that is logged whole', () => {
    const { logger, lines } = logged();
    logger.info(
      {
        password: 'p1',
        api: { token: 't2' },
        kafka: { sasl: { password: 'p3' } },
        deep: { registry: { secret: 's4' } },
      },
      'x',
    );
    expect(lines[0]).not.toMatch(/p1|t2|p3|s4/);
    expect(lines[0]).toContain('[hidden]');
  });

  it('says nothing below its level', () => {
    const { logger, lines } = logged({ level: 'warn' });
    logger.info('not this');
    logger.error('this');
    expect(lines).toHaveLength(1);
  });

  it('writes short lines for people when asked to', () => {
    const { logger, lines } = logged({ format: 'pretty' });
    logger.warn({ topic: 'events', note: 'two words', err: new Error('broken pipe') }, 'a write failed');
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d WARN {2}a write failed topic=events note="two words" error="broken pipe"\n$/,
    );
  });
});

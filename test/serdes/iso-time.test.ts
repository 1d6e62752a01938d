import { describe, expect, it } from 'vitest';

import { parseIsoDay, parseIsoMicros } from '../../src/serdes/iso-time.ts';

describe('parseIsoMicros', () => {
  it('reads times with a zone, to the µs', () => {
    const noon = Date.UTC(2026, 0, 31, 12) * 1000;
    for (const written of [
      '2026-01-31T12:00:00Z',
      '2026-01-31T12:00Z',
      '2026-01-31 12:00:00z',
      '2026-01-31T13:30:00+01:30',
      '2026-01-31T07:00:00.000-0500',
      '2026-01-31T14:00:00+02',
    ]) {
      expect([written, parseIsoMicros(written)]).toEqual([written, noon]);
    }
    expect(parseIsoMicros('2026-01-31T12:00:00.123456789Z')).toBe(noon + 123_456);
    expect(parseIsoMicros('1969-12-31T23:59:59.5Z')).toBe(-500_000);
  });

  it('refuses a time without a zone, and what is no time', () => {
    for (const written of ['2026-01-31T12:00:00', '2026-01-31', '2026-13-01T00:00:00Z', 'yesterday', '', '12']) {
      expect([written, parseIsoMicros(written)]).toEqual([written, null]);
    }
  });
});

describe('parseIsoDay', () => {
  it('counts days since the epoch', () => {
    expect(parseIsoDay('1970-01-01')).toBe(0);
    expect(parseIsoDay('1969-12-31')).toBe(-1);
    expect(parseIsoDay('2026-02-31T')).toBeNull();
    expect(parseIsoDay('2026-99-01')).toBeNull();
  });
});

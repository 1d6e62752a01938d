import { describe, expect, it } from 'vitest';
import { downloadBuckets, parseXactConfig } from '../../../src/apps/xact/config.ts';

describe('the configuration of xact', () => {
  it('has a default for everything', () => {
    const config = parseXactConfig(undefined);
    expect(config.topics).toEqual({
      eventsRaw: 'xact.events.raw',
      eventsDeadLetter: 'xact.events.dlq',
      downloadsPending: 'xact.downloads.pending',
      downloadsCached: 'xact.downloads.cached',
      downloadsResults: 'xact.downloads.results',
      downloadsDeadLetter: 'xact.downloads.dlq',
    });
    expect(config.downloads.allowLoopback).toBe(false);
    expect(config.lake.files).toContain('xact');
  });

  it('names the retry topics by their delays, scaled or not', () => {
    const topics = [300, 600, 1200, 2400].map((seconds) => `xact.downloads.pending.retry.${seconds}s`);
    expect(downloadBuckets(parseXactConfig({}))).toEqual({
      delaysMs: [300_000, 600_000, 1_200_000, 2_400_000],
      topics,
      pauseAboveLag: 10_000,
    });
    const quick = downloadBuckets(parseXactConfig({ retry: { delayScale: 0.001, pauseAboveLag: 0 } }));
    expect(quick).toEqual({ delaysMs: [300, 600, 1200, 2400], topics });
  });

  it('names each field that is wrong', () => {
    const section = { downloads: { concurrency: 0 }, retry: { downloadDelaysMs: [] }, api: {} };
    expect(() => parseXactConfig(section)).toThrowError(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/xact\.downloads\.concurrency.*xact\.retry\.downloadDelaysMs.*api/s),
      }),
    );
  });
});

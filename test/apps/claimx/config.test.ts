import { describe, expect, it } from 'vitest';
import { downloadBuckets, enrichmentBuckets, parseClaimxConfig } from '../../../src/apps/claimx/config.ts';
import { StreamsError } from '../../../src/core/errors.ts';

describe('the configuration of claimx', () => {
  it('has a default for everything', () => {
    const config = parseClaimxConfig(undefined);
    expect(config.api).toMatchObject({ url: 'https://api.claimxperience.com', maxConcurrent: 20, timeoutMs: 30_000 });
    expect(config.topics.eventsRaw).toBe('claimx.events.raw');
    expect(config.downloads.allowLoopback).toBe(false);
    expect(config.enrichment.batchSize).toBe(10);
  });

  it('names the retry topics by their delays', () => {
    const config = parseClaimxConfig({ retry: { pauseAboveLag: 0 } });
    expect(enrichmentBuckets(config)).toEqual({
      delaysMs: [300_000, 600_000, 1_200_000, 2_400_000],
      topics: [5, 10, 20, 40].map((minutes) => `claimx.enrichment.pending.retry.${minutes}m`),
    });
    expect(downloadBuckets(config)).toEqual({
      delaysMs: [300_000, 600_000, 1_200_000, 2_400_000],
      topics: [300, 600, 1200, 2400].map((seconds) => `claimx.downloads.pending.retry.${seconds}s`),
    });
  });

  it('has retries wait while new records are far behind, unless that is turned off', () => {
    const [as, off] = [parseClaimxConfig({}), parseClaimxConfig({ retry: { pauseAboveLag: 0 } })];
    expect([enrichmentBuckets(as).pauseAboveLag, downloadBuckets(as).pauseAboveLag]).toEqual([10_000, 10_000]);
    expect([enrichmentBuckets(off), downloadBuckets(off)].some((buckets) => 'pauseAboveLag' in buckets)).toBe(false);
  });

  it('keeps those names when delays are scaled', () => {
    const config = parseClaimxConfig({ retry: { delayScale: 0.001 } });
    expect(enrichmentBuckets(config).delaysMs).toEqual([300, 600, 1200, 2400]);
    expect(enrichmentBuckets(config).topics[0]).toBe('claimx.enrichment.pending.retry.5m');
  });

  it('names each field that is wrong', () => {
    const section = { api: { url: 'ftp://x', maxConcurrent: 0 }, topic: 1, retry: { delayScale: -1 } };
    try {
      parseClaimxConfig(section);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(StreamsError);
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
      for (const field of ['claimx.api.url', 'claimx.api.maxConcurrent', 'claimx.retry.delayScale', 'topic']) {
        expect(String(error)).toContain(field);
      }
    }
  });
});

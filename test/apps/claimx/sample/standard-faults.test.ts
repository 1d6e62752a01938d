import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutage, faultPlan } from '../../../../src/apps/shared/sample/fault-plan.ts';
import { generateSample } from '../../../../src/apps/claimx/sample/generator.ts';
import { MAX_FILE_BYTES } from '../../../../src/apps/shared/sample/sample-file.ts';
import { startSimulator, type Simulator } from '../../../../src/apps/claimx/sample/simulator.ts';
import type { FileFate } from '../../../../src/apps/shared/sample/simulated-files.ts';
import type { WorldMedia } from '../../../../src/apps/claimx/sample/world.ts';
import { createHttpClient, type HttpClient } from '../../../../src/http/client.ts';

const sample = generateSample({ events: 4000, seed: 3, faults: 'standard' });
const all = [...sample.world.media.values()].flat();
const mediaOf = (fate: FileFate, odd?: number): WorldMedia => {
  const found = all.find((item) => item.fate === fate && (odd === undefined || item.sizeBytes % 2 === odd));
  if (found === undefined) throw new Error(`no media item is ${fate}`);
  return found;
};

describe('the standard faults', () => {
  it('add slow and oversized files to the sample, and only the oversized ones are lost', () => {
    expect(all.filter(({ fate }) => fate === 'slow').length).toBeGreaterThan(10);
    const oversized = all.filter(({ fate }) => fate === 'oversized');
    expect(oversized.length).toBeGreaterThan(1);
    expect(oversized.every(({ sizeBytes }) => sizeBytes > MAX_FILE_BYTES)).toBe(true);
    const lost = all.filter(({ fate }) => !['fine', 'expired-link', 'slow'].includes(fate));
    const named = new Set(sample.records.flatMap((record) => (record.kind === 'event' ? [record.event.media_id] : [])));
    expect(sample.manifest.deadLetters['claimx.downloads.dlq']).toBe(
      lost.filter(({ mediaId }) => named.has(mediaId)).length,
    );
  });

  it('leave the sample without that flag as it is', () => {
    const fates = (events: number) =>
      new Set([...generateSample({ events, seed: 3 }).world.media.values()].flat().map(({ fate }) => fate));
    expect([...fates(4000)].filter((fate) => fate === 'slow' || fate === 'oversized')).toEqual([]);
  });

  it('have an outage whose length follows the length of the run, a minute for 100,000 events', () => {
    expect(faultPlan({ faults: 'standard', events: 100_000 })?.outage).toEqual({
      afterRequests: 20_000,
      durationMs: 60_000,
    });
    expect(faultPlan({ faults: 'standard', events: 100 })?.outage?.durationMs).toBe(500);
    expect(faultPlan({ faults: 'standard', events: 100, outageMs: 7_000 })?.outage?.durationMs).toBe(7_000);
    const isDown = createOutage({ afterRequests: 2, durationMs: 100 });
    expect([0, 1, 2, 50, 101, 102, 200].map(isDown)).toEqual([false, false, true, true, true, false, false]);
  });

  it('with none there is nothing wrong: no malformed record, no file that cannot be had, no dead letter', () => {
    const clean = generateSample({ events: 3000, seed: 3, faults: 'none' });
    expect(clean.records.filter(({ kind }) => kind === 'malformed')).toEqual([]);
    expect(Object.values(clean.manifest.deadLetters)).toEqual([0, 0, 0]);
    expect(new Set([...clean.world.media.values()].flat().map(({ fate }) => fate))).toEqual(new Set(['fine']));
    expect(faultPlan({ faults: 'none', events: 10 })).toEqual({ api: {}, file: {}, outage: null });
    expect(faultPlan({ events: 10 })).toBeUndefined();
  });
});

describe('the simulator under a plan of faults', () => {
  let simulator: Simulator;
  let http: HttpClient;
  beforeEach(() => {
    http = createHttpClient({ bodyTimeoutMs: 300 });
  });
  afterEach(async () => {
    await simulator.close();
    await http.close();
  });
  const start = async (faults: NonNullable<ReturnType<typeof faultPlan>>): Promise<void> => {
    simulator = await startSimulator({ world: sample.world, token: 'abc', seed: 3, latencyMs: [0, 0], faults });
  };
  const ask = (path: string) =>
    http.send(path.startsWith('http') ? path : simulator.url + path, { headers: { authorization: 'Basic abc' } });
  const linkOf = async ({ projectId, mediaId }: WorldMedia): Promise<string> => {
    const list = await ask(`/export/project/${projectId}/media?mediaId=${mediaId}`);
    return (JSON.parse(await list.text()) as { downloadUrl: string }[])[0]?.downloadUrl ?? '';
  };

  it('is down for the time of an outage, though never for more than a resource may be refused', async () => {
    await start({ api: {}, file: {}, outage: { afterRequests: 1, durationMs: 60_000 } });
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) {
      const answer = await ask('/export/project/none');
      statuses.push(answer.status);
      await answer.discard();
    }
    expect(statuses).toEqual([404, 503, 503, 503, 503, 404, 404]);
  });

  it('stops, or cuts the connection, in the middle of a file, and then serves it', async () => {
    for (const kind of ['stall', 'cut'] as const) {
      await start({ api: {}, file: { [kind]: 1 }, outage: null });
      const link = await linkOf(mediaOf('fine'));
      const half = await ask(link);
      expect(half.status).toBe(200);
      await expect(half.text()).rejects.toMatchObject({ kind: 'transient' });
      for (let more = 0; more < 4; more++) {
        const text = await (await ask(link)).text().catch(() => null);
        if (text === null) continue;
        expect(Buffer.byteLength(text)).toBe(mediaOf('fine').sizeBytes);
        break;
      }
      await simulator.close();
    }
    await start({ api: {}, file: {}, outage: null });
  });

  it('sends slow files whole, and says the length of one half of the oversized ones', async () => {
    await start({ api: {}, file: {}, outage: null });
    const slow = all.find(({ fate, sizeBytes }) => fate === 'slow' && sizeBytes < 100_000) ?? mediaOf('slow');
    const began = performance.now();
    expect(Buffer.byteLength(await (await ask(await linkOf(slow))).text())).toBe(slow.sizeBytes);
    expect(performance.now() - began).toBeGreaterThan(500);
    for (const odd of [0, 1]) {
      const answer = await ask(await linkOf(mediaOf('oversized', odd)));
      expect(answer.header('content-length')).toBe(odd === 1 ? undefined : String(mediaOf('oversized', odd).sizeBytes));
      answer.body.on('error', () => undefined).destroy();
    }
  });
});

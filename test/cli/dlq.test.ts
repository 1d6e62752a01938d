import { CommanderError } from 'commander';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { failedDownloadSerde, failedEnrichmentSerde, failedEventSerde } from '../../src/apps/claimx/serdes.ts';
import {
  newDownloadTask,
  newEnrichmentTask,
  newFailedDownload,
  newFailedEnrichment,
  newFailedEvent,
} from '../../src/apps/claimx/schemas.generated.ts';
import type { Cluster } from '../../src/cli/cluster.ts';
import { reportFailure } from '../../src/cli/failure.ts';
import { LakeTables } from '../../src/cli/lake-tables.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { Serde } from '../../src/core/serde.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { recordsOf, send } from '../runtime/dead-letters/letters.ts';
import { FakeRuntime } from './app-fixture.ts';
import { fakeTerminal } from './terminal-fixture.ts';

const AT = Date.parse('2026-02-03T04:05:06Z');
const SIGNED = 'https://files.example.com/m-1/a.jpg?X-Amz-Signature=0123abcd&X-Amz-Expires=900';

describe('topology dlq', () => {
  let folder: string;
  let client: KafkaClient;
  const registry = new EmbeddedRegistry();
  let answer: boolean | (() => Promise<boolean>) | null;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-dlq-'));
    client = embeddedClient(new EmbeddedBroker());
    await client.connect();
    answer = null;
    const names = [
      'events.raw',
      'events.dlq',
      'enrichment.pending',
      'enrichment.dlq',
      'downloads.pending',
      'downloads.dlq',
    ];
    await client.admin.createTopics(
      names.map((name) => ({ name: `claimx.${name}`, partitions: 2, replicationFactor: 1 })),
    );
    const letter = async <T>(topic: string, key: string, serde: Serde<T>, value: T) => {
      const use = { topic, role: 'value', direction: 'write', registry } as const;
      const bytes = ((await serde.prepare?.(use)) ?? serde).serialize(topic, value);
      await send(client, [{ topic, partition: 0, key, value: bytes, timestamp: AT }]);
    };
    const failure = { error_category: 'permanent', error: `refused ${SIGNED}`, attempts: 3, failed_at: AT } as const;
    const download = newDownloadTask({
      media_id: 'm-1',
      project_id: 'p-1',
      download_url: SIGNED,
      blob_path: 'p-1/media/m-1/a.jpg',
      file_type: 'jpg',
      file_name: 'a.jpg',
      source_event_id: 'evt-1',
      retry_count: 2,
      created_at: AT,
    });
    await letter(
      'claimx.downloads.dlq',
      'm-1',
      failedDownloadSerde,
      newFailedDownload({ media_id: 'm-1', project_id: 'p-1', task: download, ...failure }),
    );
    const event = { event_id: 'evt-2', event_type: 'CUSTOM_TASK_ASSIGNED', project_id: 'p-1' };
    const task = newEnrichmentTask({ ...event, ingested_at: AT, created_at: AT, retry_count: 4 });
    const enrichment = newFailedEnrichment({ ...event, task, ...failure, error_category: 'exhausted' });
    await letter('claimx.enrichment.dlq', 'p-1', failedEnrichmentSerde, enrichment);
    const malformed = newFailedEvent({
      reason: 'the JSON is not an event',
      error_code: 'DESERIALIZATION',
      payload: Buffer.from('{"event_id":"evt-3","token":"hunter2"}'),
      key: Buffer.from('evt-3'),
      source_topic: 'claimx.events.raw',
      source_partition: 1,
      source_offset: 9,
      source_timestamp: AT,
      failed_at: AT,
    });
    await letter('claimx.events.dlq', 'k', failedEventSerde, malformed);
  });
  afterEach(async () => {
    await client.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(...args: string[]): Promise<{ out: string; err: string; code: number }> {
    const { terminal, written } = fakeTerminal();
    const cluster: Cluster = {
      description: 'one',
      registry,
      registryUrl: null,
      settings: () => Promise.reject(new Error('there is one thread only')),
      client: async () => client,
      close: async () => undefined,
    };
    let code = 0;
    const program = createProgram({
      terminal,
      environment: {},
      folder,
      stop: AbortSignal.timeout(10_000),
      exitCode: (given) => (code = given),
      openCluster: async () => cluster,
      createRuntime: (_topology, config) => new FakeRuntime(config, { events: [] }),
      lakeTables: (at) => new LakeTables(at),
      ...(answer === null ? {} : { confirm: async () => (typeof answer === 'function' ? answer() : answer === true) }),
    });
    try {
      await program.parseAsync(['dlq', ...args], { from: 'user' });
    } catch (error) {
      code = error instanceof CommanderError ? error.exitCode && 2 : reportFailure(terminal, error, false);
    }
    return { ...written, code };
  }
  const claimx = ['--app', 'claimx', '--data-dir', 'data'];
  const audit = async (): Promise<Record<string, unknown>[]> =>
    (await readFile(join(folder, 'data', 'dlq-audit.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('lists all topics of dead letters, with counts by reason', async () => {
    const { out, code } = await run('list', ...claimx);
    expect(code).toBe(0);
    expect(out).toContain('claimx.downloads.dlq                    1  0 replayed\n');
    expect(out).toContain('  oldest 2026-02-03T04:05:06.000Z, newest 2026-02-03T04:05:06.000Z\n');
    const summaries = JSON.parse((await run('list', ...claimx, '--json')).out) as { topic: string; reasons: object }[];
    expect(Object.fromEntries(summaries.map(({ topic, reasons }) => [topic, reasons]))).toEqual({
      'claimx.events.dlq': { DESERIALIZATION: 1 },
      'claimx.enrichment.dlq': { exhausted: 1 },
      'claimx.downloads.dlq': { permanent: 1 },
    });
  });

  it('lists the topics of one stage, or those that are named', async () => {
    const topicsOf = async (...args: string[]) =>
      (JSON.parse((await run('list', ...claimx, '--json', ...args)).out) as { topic: string }[]).map(
        ({ topic }) => topic,
      );
    expect(await topicsOf('--stage', 'downloader')).toEqual(['claimx.downloads.dlq']);
    expect(await topicsOf('--topic', 'claimx.events.dlq')).toEqual(['claimx.events.dlq']);
    expect(await run('list', ...claimx, '--topic', 'other')).toMatchObject({
      code: 2,
      err: expect.stringContaining('other is none of claimx.events.dlq') as string,
    });
  });

  it('shows a dead letter with all that is known of it, and no credential', async () => {
    const { out } = await run('inspect', ...claimx);
    expect(out).toContain('claimx.downloads.dlq/0/0  permanent, 3 tries, failed 2026-02-03T04:05:06.000Z\n');
    expect(out).toContain('  error     refused https://files.example.com/m-1/a.jpg?…\n');
    expect(out).toContain('  about     media m-1, project p-1, event evt-1\n');
    expect(out).toContain('  replayed  never\n');
    expect(out).toContain('"blob_path": "p-1/media/m-1/a.jpg"');
    expect(out).toContain('"event_id": "evt-3"');
    expect(out).not.toMatch(/0123abcd|hunter2/);
    const [shown] = JSON.parse((await run('inspect', ...claimx, '--media', 'm-1', '--json')).out) as unknown[];
    expect(shown).toMatchObject({ record: 'claimx.downloads.dlq/0/0', key: 'm-1', ids: { event: 'evt-1' } });
    expect((await run('inspect', ...claimx, '--event', 'none')).out).toBe('no such dead letters\n');
  });

  it('says what a replay would do, and then does it once, for those that the flags name', async () => {
    expect(await run('replay', ...claimx, '--media', 'm-1')).toMatchObject({
      out: '1 to send to claimx.downloads.pending\n',
      err: 'Nothing was changed. --execute does it.\n',
      code: 0,
    });
    expect(await recordsOf(client, 'claimx.downloads.pending')).toEqual([]);
    expect((await run('replay', ...claimx, '--media', 'm-1', '--execute')).out).toContain(
      '1 sent to claimx.downloads.pending\n',
    );
    expect((await run('replay', ...claimx, '--media', 'm-1', '--execute')).out).toContain('1 left out');
    expect(await recordsOf(client, 'claimx.downloads.pending')).toMatchObject([{ key: 'm-1' }]);
    expect((await run('inspect', ...claimx, '--media', 'm-1')).out).not.toContain('replayed  never');
    expect(await audit()).toMatchObject([
      {
        who: expect.stringMatching(/.+@.+/) as string,
        app: 'claimx',
        action: 'replay',
        filter: { ids: { media: ['m-1'] } },
        result: { sent: { 'claimx.downloads.pending': 1 }, before: 0, refused: 0 },
      },
      { result: { sent: {}, before: 1, refused: 0 } },
    ]);
  });

  it('sends a malformed event again as it came, and an enrichment with its count at zero', async () => {
    const { out } = await run('replay', ...claimx, '--execute', '--id', 'project=p-1', '--event', 'evt-2', '--json');
    expect(JSON.parse(out)).toMatchObject({ sent: { 'claimx.enrichment.pending': 1 } });
    await run('replay', ...claimx, '--execute', '--record', 'claimx.events.dlq/0/0');
    expect(await recordsOf(client, 'claimx.events.raw')).toMatchObject([
      { key: 'evt-3', value: '{"event_id":"evt-3","token":"hunter2"}' },
    ]);
  });

  it('asks before it changes something, and takes no for an answer', async () => {
    answer = false;
    expect(await run('purge', ...claimx, '--execute')).toMatchObject({ code: 1, err: 'Nothing was changed.\n' });
    expect(await run('replay', ...claimx, '--execute')).toMatchObject({ code: 1 });
    expect(await recordsOf(client, 'claimx.downloads.dlq')).toHaveLength(1);
    await expect(audit()).rejects.toThrow('ENOENT');
    answer = true;
    const { out } = await run('purge', ...claimx, '--execute', '--topic', 'claimx.downloads.dlq');
    expect(out).toContain('1 deleted from claimx.downloads.dlq\n1 of them had never been sent again\n');
    expect(await recordsOf(client, 'claimx.downloads.dlq')).toEqual([]);
    expect(await recordsOf(client, 'claimx.events.dlq')).toHaveLength(1);
    expect(await audit()).toMatchObject([{ action: 'purge', topics: ['claimx.downloads.dlq'] }]);
  });

  it('writes down what failed, too', async () => {
    answer = async () => {
      await client.admin.deleteTopics(['claimx.enrichment.pending']);
      return true;
    };
    expect(await run('replay', ...claimx, '--event', 'evt-2', '--execute')).toMatchObject({ code: 1 });
    expect(await audit()).toMatchObject([
      { action: 'replay', result: { failed: 'there is no topic claimx.enrichment.pending to replay to' } },
    ]);
    expect((await run('list', ...claimx)).out).toContain('claimx.enrichment.dlq                   1  0 replayed');
  });

  it('says that the dead letters of an embedded run are gone', async () => {
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data', 'embedded-run.json'), '{}');
    expect(await run('list', ...claimx)).toMatchObject({
      code: 2,
      err: expect.stringContaining('was an embedded one, whose dead letters are gone with its broker') as string,
    });
  });

  it('teaches in its help', async () => {
    expect((await run('--help')).out).toContain('topology dlq replay --app claimx --config prod.yaml --media m-0123');
    expect((await run('replay', '--help')).out).toContain('A record is sent once');
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileHosts, type FileHosts } from '../../../src/apps/shared/file-hosts.ts';
import { downloadTasks } from '../../../src/apps/xact/attachments.ts';
import { parseXactConfig, type XactConfig } from '../../../src/apps/xact/config.ts';
import { downloadAttachment, failedDownload, nextDownload } from '../../../src/apps/xact/download-attachment.ts';
import { generateSample, type SampleAttachment } from '../../../src/apps/xact/sample/generator.ts';
import { startSimulator, type XactSimulator } from '../../../src/apps/xact/sample/simulator.ts';
import type { DownloadTask } from '../../../src/apps/xact/schemas.generated.ts';
import { HttpError } from '../../../src/http/errors.ts';
import { eventOf, NOW, taskOf } from './fakes.ts';

const { files } = generateSample({ events: 6000, seed: 7 });

function fileOf(fate: SampleAttachment['fate']): SampleAttachment {
  const found = [...files.values()].find((file) => file.fate === fate && !file.noLink && file.sizeBytes < 100_000);
  if (found === undefined) throw new Error(`the sample has no attachment that is ${fate}`);
  return found;
}

describe('the download of an attachment', () => {
  let cacheDir: string;
  let config: XactConfig;
  let simulator: XactSimulator;
  let hosts: FileHosts;
  const closers: (() => Promise<void> | void)[] = [];
  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'xact-cache-'));
    config = parseXactConfig({ cacheDir, downloads: { allowedDomains: ['127.0.0.1'], allowLoopback: true } });
    simulator = await startSimulator({ files, seed: 7, faultRate: 0, latencyMs: [0, 0] });
    hosts = openFileHosts({ config, onClose: (close) => void closers.push(close) });
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
    await simulator.close();
    await rm(cacheDir, { recursive: true });
  });
  const download = (file: SampleAttachment) => {
    const [task] = downloadTasks(eventOf({ attachments: [simulator.linkTo(file)] }));
    if (task === undefined) throw new Error('no task');
    const { signal } = new AbortController();
    return downloadAttachment(task, { ...hosts, config, now: Date.now, signal });
  };

  it('brings the file into the cache, and its link without the signature', async () => {
    const file = fileOf('fine');
    const cached = await download(file);
    expect(cached).toMatchObject({ bytes: file.sizeBytes, content_type: file.contentType, trace_id: 't-1' });
    expect(cached.attachment_url).not.toContain('?');
    expect(await readFile(cached.cache_path)).toHaveLength(file.sizeBytes);
  });

  it.each([
    ['has expired', 'expired-link', 'xact has no other link'],
    ['is refused', 'forbidden', 'xact has no other link'],
    ['leads to nothing', 'gone', '404'],
    ['leads to a host that is not allowed', 'foreign-host', 'files.example.net'],
    ['leads into the network', 'private-address', 'refused'],
    ['leads to a program', 'bad-type', '.exe'],
  ] as const)('is given up at once where its link %s', async (_what, fate, reason) => {
    await expect(download(fileOf(fate))).rejects.toMatchObject({
      name: 'HttpError',
      retriable: false,
      message: expect.stringContaining(reason),
    });
  });
});

describe('the next try of a download', () => {
  it('keeps the task and the time of the event, counts, and says what the last one failed of', () => {
    const task: DownloadTask = taskOf({ metadata: { source: 'batch 7' } });
    const down = new HttpError('transient', 'https://x/a?sig=secret answered 503', { status: 503 });
    expect(nextDownload(task, 2, down)).toEqual({
      ...task,
      retry_count: 2,
      metadata: { source: 'batch 7', error: 'https://x/a?… answered 503', error_category: 'transient' },
    });
  });
});

describe('the dead letter of a download', () => {
  it('holds the task, and an error that is cut and has no signature', () => {
    const error = new HttpError('permanent', `https://x/a?sig=secret ${'x'.repeat(5000)}`, { status: 404 });
    const letter = failedDownload(() => NOW)(taskOf(), error, 3);
    expect(letter).toMatchObject({ task: taskOf(), error_category: 'permanent', http_status: 404, attempts: 3 });
    expect(letter.error.length).toBeLessThanOrEqual(2001);
    expect(letter.error).not.toContain('secret');
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { generateSample } from '../../src/apps/claimx/sample/generator.ts';
import { LakeTables } from '../../src/cli/lake-tables.ts';
import { openCluster } from '../../src/cli/open-cluster.ts';
import { createProgram } from '../../src/cli/program.ts';
import { StreamsApp } from '../../src/runtime/streams-app.ts';
import { fakeTerminal } from './terminal-fixture.ts';

const SIZE = { events: 500, seed: 31, faults: 'standard' } as const;

/** What no log may hold, whoever's data it is. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  'an e-mail address': /[\w.+-]+@[\w-]+\.[\w.-]+/,
  'a telephone number': /\+?1?[-. (]*555[-. )]*\d{3,4}/,
  'a signed link': /X-Amz-(Signature|Credential|Security-Token|Algorithm|Date|Expires)/i,
  'a SAS signature': /[?&;](sig|se|sp|sv|skoid)=/i,
  'an authorization header': /\b(Basic|Bearer|SharedKey)\s+[\w+/=.-]{6,}/,
  'a JSON web token': /eyJ[\w-]{10,}\.[\w-]{10,}/,
  'an account key': /AccountKey=|SharedAccessKey=/i,
  'credentials in a URL': /\w+:\/\/[^/\s"@]+@/,
  'the token of the simulated API': /c2ltdWxhdGVkOnRva2Vu/,
  'the secret that signs links': /secret-31/,
};

/** Personal data of this very sample: names, addresses and numbers of contacts, hosts of calls, policies and claims. */
function personalData(): string[] {
  const { world } = generateSample(SIZE);
  const found = new Set<string>();
  for (const { firstName, lastName, email, phoneNumber } of [...world.contacts.values()].flat()) {
    for (const text of [firstName, lastName, email, phoneNumber]) if (text) found.add(text);
  }
  for (const { api } of world.videos.values()) for (const name of api.hostName?.split(' ') ?? []) found.add(name);
  for (const { claimNumber, policyNumber } of world.projects.values()) {
    for (const text of [claimNumber, policyNumber]) if (text) found.add(text);
  }
  return [...found];
}

describe('the logs of a whole run with faults, at the finest level', () => {
  let folder: string;
  let written: { out: string; err: string };
  let code = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'logs-of-a-run-'));
    const fake = fakeTerminal();
    written = fake.written;
    const program = createProgram({
      terminal: fake.terminal,
      environment: {},
      folder,
      stop: AbortSignal.timeout(100_000),
      exitCode: (given) => (code = given),
      openCluster,
      createRuntime: (topology, config) => new StreamsApp(topology, config),
      lakeTables: (at) => new LakeTables(at),
    });
    const size = ['--events', String(SIZE.events), '--seed', String(SIZE.seed), '--faults', SIZE.faults];
    const where = ['--data-dir', join(folder, 'data'), '--port', '0', '--log-level', 'trace'];
    await program.parseAsync(['start', '--app', 'claimx', '--embedded', '--once', ...size, ...where], { from: 'user' });
  }, 110_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are there: the run ends well, its lines are JSON, and what went wrong is among them', async () => {
    expect(code).toBe(0);
    expect(written.out).toContain('All as expected.');
    expect(JSON.parse(await readFile(join(folder, 'data', 'expected.json'), 'utf8'))).toEqual(
      generateSample(SIZE).manifest,
    );
    const lines = written.err.trim().split('\n');
    expect(lines.length).toBeGreaterThan(20);
    const levels = lines.map((line) => (JSON.parse(line) as { level: string }).level);
    expect(levels).toEqual(expect.arrayContaining(['info', 'warn']));
  });

  it.each(Object.entries(FORBIDDEN))('do not hold %s', (_what, pattern) => {
    expect(pattern.exec(written.err + written.out)?.[0]).toBeUndefined();
  });

  it('do not hold personal data of the sample', () => {
    const data = personalData();
    expect(data.length).toBeGreaterThan(50);
    const text = written.err + written.out;
    const inText = (value: string): boolean =>
      new RegExp(`(?<![A-Za-z0-9])${value.replaceAll(/[.+]/g, '\\$&')}(?![A-Za-z0-9])`).test(text);
    expect(data.filter(inText)).toEqual([]);
  });
});

describe('the scan', () => {
  it.each([
    ['an e-mail address', '{"msg":"invited avery.blake@example.com"}'],
    ['a telephone number', 'call +1-555-1234'],
    ['a signed link', 'https://h/a?X-Amz-Signature=0a'],
    ['a SAS signature', 'https://h/a?sv=2022&sig=abc'],
    ['an authorization header', '"authorization":"Basic c2ltdWx"'],
    ['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x'],
    ['an account key', 'AccountName=a;AccountKey=b'],
    ['credentials in a URL', 'http://user:pass@host/'],
  ])('finds %s', (what, text) => {
    expect(FORBIDDEN[what]?.test(text)).toBe(true);
  });
});

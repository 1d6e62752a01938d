import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hideSecrets } from '../../../src/cli/config/hide-secrets.ts';
import { configOf } from '../../../src/cli/flags.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'topology-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { code: string; message: string }) => `${error.code} ${error.message}`,
  );

describe('the configuration', () => {
  it('is complete with nothing set', async () => {
    const config = await configOf({}, {});
    expect(config).toMatchObject({
      dataDir: '.topology-streams',
      health: { host: '127.0.0.1' },
      streams: {},
    });
  });

  it('takes a file, then the environment over it, then flags over both', async () => {
    const config = await file(
      'order.yaml',
      'kafka: { brokers: ["file:1"], clientId: from-file }\nhealth: { port: 1 }\nlogging: { level: debug }\n',
    );
    const environment = { TOPOLOGY_KAFKA_BROKERS: 'env:2,env:3', TOPOLOGY_HEALTH_PORT: '2' };
    const loaded = await configOf({ config: [config], port: 3 }, environment);
    expect(loaded.kafka).toEqual({ brokers: ['env:2', 'env:3'], clientId: 'from-file' });
    expect(loaded.health.port).toBe(3);
    expect(loaded.logging.level).toBe('debug');
  });

  it('takes who we are to Azure from file and environment, and shows no secret of it', async () => {
    const config = await file('azure.yaml', 'azure: { credential: service-principal, tenantId: t, clientId: c }\n');
    const { azure } = await configOf({ config: [config] }, { TOPOLOGY_AZURE_CLIENT_SECRET: 'hush' });
    expect(azure).toEqual({ credential: 'service-principal', tenantId: 't', clientId: 'c', clientSecret: 'hush' });
    expect(JSON.stringify(hideSecrets({ azure }))).not.toContain('hush');
    expect(hideSecrets({ accountKey: 'hush' })).toEqual({ accountKey: '[hidden]' });
    expect(await messageOf(configOf({}, { TOPOLOGY_AZURE_CREDENTIAL: 'service-principal' }))).toContain(
      'azure.tenantId',
    );
  });

  it('lets a later file win over an earlier one', async () => {
    const first = await file('first.yaml', 'apps: { claimx: { api: { url: a, token: t } } }\n');
    const second = await file('second.json', '{"apps": {"claimx": {"api": {"url": "b"}}}}');
    const { apps } = await configOf({ config: [first, second] }, {});
    expect(apps).toEqual({ claimx: { api: { url: 'b', token: 't' } } });
  });

  it('knows the older names of the environment, and the new ones win', async () => {
    const config = await configOf(
      {},
      {
        KAFKA_BOOTSTRAP_SERVERS: 'old:1',
        SCHEMA_REGISTRY_URL: 'http://registry:8081',
        CLAIMX_API_URL: 'http://api',
        CLAIMX_API_MAX_CONCURRENT: '7',
        CLAIMX_API_TIMEOUT_SECONDS: '2.5',
      },
    );
    expect(config.kafka?.brokers).toEqual(['old:1']);
    expect(config.registry?.url).toBe('http://registry:8081');
    expect(config.apps).toEqual({ claimx: { api: { url: 'http://api', maxConcurrent: 7, timeoutMs: 2500 } } });
    const newer = await configOf({}, { KAFKA_BOOTSTRAP_SERVERS: 'old:1', TOPOLOGY_KAFKA_BROKERS: 'new:1' });
    expect(newer.kafka?.brokers).toEqual(['new:1']);
  });

  it('keeps a password that looks like a number as text', async () => {
    const config = await configOf(
      {},
      {
        TOPOLOGY_KAFKA_BROKERS: 'a:1',
        TOPOLOGY_KAFKA_SASL_MECHANISM: 'plain',
        TOPOLOGY_KAFKA_SASL_USERNAME: 'u',
        TOPOLOGY_KAFKA_SASL_PASSWORD: '0042',
      },
    );
    expect(config.kafka?.sasl).toEqual({ mechanism: 'plain', username: 'u', password: '0042' });
  });

  it('takes a whole section of an application from the environment', async () => {
    const { apps } = await configOf({}, { TOPOLOGY_APPS_MY_APP: '{"limit": 3}' });
    expect(apps).toEqual({ 'my-app': { limit: 3 } });
  });

  it('reads the environment as the types that the settings have', async () => {
    const { streams, kafka, health } = await configOf(
      {},
      {
        TOPOLOGY_KAFKA_BROKERS: 'a:1',
        TOPOLOGY_KAFKA_TLS: 'true',
        TOPOLOGY_KAFKA_CLIENT_ID: '7',
        TOPOLOGY_HEALTH_QUERIES: 'true',
        TOPOLOGY_STREAMS_NUM_STREAM_THREADS: '4',
        TOPOLOGY_STREAMS_NUM_STANDBY_REPLICAS: '1',
        TOPOLOGY_STREAMS_MAX_TASK_IDLE_MS: '-1',
        TOPOLOGY_STREAMS_CLIENT_TAGS: '{"zone": "a"}',
        TOPOLOGY_STREAMS_RACK_AWARE_ASSIGNMENT_TAGS: 'zone, cluster',
      },
    );
    expect(streams).toEqual({
      numStreamThreads: 4,
      numStandbyReplicas: 1,
      maxTaskIdleMs: -1,
      clientTags: { zone: 'a' },
      rackAwareAssignmentTags: ['zone', 'cluster'],
    });
    expect(kafka).toEqual({ brokers: ['a:1'], tls: true, clientId: '7' });
    expect(health.queries).toBe(true);
  });

  it('takes each setting of a built-in application from the environment, over a whole section', async () => {
    const { apps } = await configOf(
      {},
      {
        TOPOLOGY_APPS_CLAIMX_API_TOKEN: '0042',
        TOPOLOGY_APPS_CLAIMX_DOWNLOADS_ALLOWED_DOMAINS: '.a.example,.b.example',
        TOPOLOGY_APPS_CLAIMX_RETRY_DELAY_SCALE: '0.5',
        TOPOLOGY_APPS_CLAIMX: '{"api": {"token": "of the section", "maxConcurrent": 3}}',
      },
    );
    expect(apps).toEqual({
      claimx: {
        api: { token: '0042', maxConcurrent: 3 },
        downloads: { allowedDomains: ['.a.example', '.b.example'] },
        retry: { delayScale: 0.5 },
      },
    });
    expect(await messageOf(configOf({}, { TOPOLOGY_APPS_CLAIMX_API_TOKN: 't' }))).toContain(
      'TOPOLOGY_APPS_CLAIMX_API_TOKN is no setting, did you mean "TOPOLOGY_APPS_CLAIMX_API_TOKEN"?',
    );
    expect(await messageOf(configOf({}, { TOPOLOGY_APPS_MINE: 'hello' }))).toContain(
      'TOPOLOGY_APPS_MINE: expected the settings of an application as JSON',
    );
  });

  it('names the wrong field and the file it is in', async () => {
    const path = await file('wrong.yaml', 'kafka: { brokers: ["nowhere"] }\n');
    expect(await messageOf(configOf({ config: [path] }, {}))).toBe(
      `CONFIG_INVALID kafka.brokers.0 (${path}): expected host:port`,
    );
  });

  it('names the environment variable or the flag that is wrong', async () => {
    expect(await messageOf(configOf({}, { TOPOLOGY_STREAMS_COMMIT_INTERVAL_MS: 'soon' }))).toContain(
      'streams.commitIntervalMs (TOPOLOGY_STREAMS_COMMIT_INTERVAL_MS)',
    );
    expect(await messageOf(configOf({ port: 99_999 }, {}))).toContain('health.port (--port)');
  });

  it('refuses what it does not know, with a suggestion', async () => {
    const path = await file(
      'unknown.yaml',
      'streams: { commitInterval: 5 }\nkafka: { brokers: [a:1], tls: { sevrername: x } }\n',
    );
    const message = await messageOf(configOf({ config: [path] }, {}));
    expect(message).toContain('streams.commitInterval');
    expect(message).toContain('did you mean "commitIntervalMs"?');
    expect(message).toContain('did you mean "servername"?');
    expect(await messageOf(configOf({}, { TOPOLOGY_KAFKA_BROKER: 'a:1' }))).toContain(
      'did you mean "TOPOLOGY_KAFKA_BROKERS"?',
    );
  });

  it('says in one line what is wrong with a file that cannot be read', async () => {
    expect(await messageOf(configOf({ config: [join(folder, 'none.yaml')] }, {}))).toMatch(
      /^CONFIG_INVALID cannot read .*none\.yaml/,
    );
    const broken = await messageOf(configOf({ config: [await file('broken.yaml', 'a: [1\nb: 2')] }, {}));
    expect(broken).toMatch(/^CONFIG_INVALID .*broken\.yaml is not valid YAML or JSON: /);
    expect(broken).not.toContain('\n');
    expect(await messageOf(configOf({ config: [await file('list.yaml', '- a')] }, {}))).toContain('expected settings');
  });
});

describe('hideSecrets', () => {
  it('hides passwords, tokens, keys and user parts of addresses, and nothing else', () => {
    const hidden = hideSecrets({
      kafka: { brokers: ['a:1'], sasl: { username: 'u', password: 'p' }, tls: { key: 'k', cert: 'c' } },
      apps: { claimx: { api: { token: 't', tokenFile: '/run/token', url: 'https://u:p@host/x' } } },
    });
    expect(hidden).toEqual({
      kafka: { brokers: ['a:1'], sasl: { username: 'u', password: '[hidden]' }, tls: { key: '[hidden]', cert: 'c' } },
      apps: { claimx: { api: { token: '[hidden]', tokenFile: '/run/token', url: 'https://[hidden]@host/x' } } },
    });
  });
});

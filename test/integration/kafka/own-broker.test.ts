import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../../src/core/record.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { kafkaClient } from '../../../src/kafka/connect.ts';
import type { KafkaOptions, SaslOptions } from '../../../src/kafka/options.ts';
import { nextChunks, protocolBytes, recordsOf, until } from '../../../src/testing/contracts/kafka/scenario.ts';
import type { Broker } from './broker.ts';
import { missingTools } from './class-path.ts';
import { freePort, startJavaBroker } from './java-broker.ts';

const STORE_PASSWORD = 'keystore-secret';
const USER = { username: 'alice', password: 'alice-secret' };

/** A certificate for 127.0.0.1 in a key store, and as PEM for the client. */
function makeCertificate(folder: string): { store: string; pem: string } {
  const store = join(folder, 'broker.p12');
  const common = ['-alias', 'broker', '-keystore', store, '-storepass', STORE_PASSWORD, '-storetype', 'PKCS12'];
  const names = ['-dname', 'CN=localhost', '-ext', 'SAN=IP:127.0.0.1,DNS:localhost'];
  spawnSync('keytool', ['-genkeypair', '-keyalg', 'RSA', '-validity', '2', ...names, ...common]);
  const { stdout } = spawnSync('keytool', ['-exportcert', '-rfc', ...common], { encoding: 'utf8' });
  return { store, pem: stdout };
}

/** What Kafka accepts of OAUTHBEARER without an identity provider: a token that nobody signed. */
function unsignedToken(): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${encode({ alg: 'none' })}.${encode({ sub: USER.username, iat: now, exp: now + 600 })}.`;
}

// These need a broker of their own: with users and certificates, and one that may be killed.
describe.skipIf(missingTools() !== null)('on a broker of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-secrets-'));
  let broker: Broker;
  let secure: Pick<KafkaOptions, 'brokers'> & { tls: { ca: string } };
  let client: KafkaClient;

  beforeAll(async () => {
    const { store, pem } = makeCertificate(folder);
    const port = await freePort();
    const security = 'org.apache.kafka.common.security';
    broker = await startJavaBroker({
      listener: { name: 'SECURE', protocol: 'SASL_SSL', port },
      formatFlags: ['256', '512'].flatMap((bits) => [
        '--add-scram',
        `SCRAM-SHA-${bits}=[name=${USER.username},password=${USER.password}]`,
      ]),
      properties: {
        'ssl.keystore.location': store,
        'ssl.keystore.type': 'PKCS12',
        'ssl.keystore.password': STORE_PASSWORD,
        'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
        'listener.name.secure.plain.sasl.jaas.config': `${security}.plain.PlainLoginModule required user_${USER.username}="${USER.password}";`,
        'listener.name.secure.scram-sha-256.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
        'listener.name.secure.scram-sha-512.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
        'listener.name.secure.oauthbearer.sasl.jaas.config': `${security}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
      },
    });
    secure = { brokers: [`127.0.0.1:${port}`], tls: { ca: pem } };
    client = kafkaClient({ brokers: broker.bootstrap, requestTimeoutMs: 60_000 });
    await client.connect();
  });

  afterAll(async () => {
    await client.close();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const logins: SaslOptions[] = [
    { mechanism: 'plain', ...USER },
    { mechanism: 'scram-sha-256', ...USER },
    { mechanism: 'scram-sha-512', ...USER },
    { mechanism: 'oauthbearer', token: async () => ({ value: unsignedToken() }) },
  ];

  it.each(logins)('logs in over TLS with $mechanism, and writes and reads', async (sasl) => {
    const own = kafkaClient({ ...secure, sasl });
    await own.connect();
    const topic = `secure-${sasl.mechanism}`;
    await own.admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1 }]);
    const producer = own.producer();
    await producer.init();
    producer.send(topic, 0, null, Buffer.from('over TLS'), 1, NO_HEADERS);
    await producer.flush();
    const fetcher = own.fetcher();
    fetcher.add(topic, 0, 0);
    const [chunk] = await nextChunks(fetcher);
    expect(chunk && recordsOf(chunk)).toMatchObject([{ value: 'over TLS' }]);
    await own.close();
  });

  it('says that a login was refused', async () => {
    const own = kafkaClient({ ...secure, sasl: { mechanism: 'plain', username: 'alice', password: 'wrong' } });
    await expect(own.connect()).rejects.toMatchObject({
      code: 'KAFKA_ERROR',
      kafkaError: 'SASL_AUTHENTICATION_FAILED',
    });
    await own.close();
  });

  it('refuses a certificate of an unknown authority', async () => {
    const own = kafkaClient({ brokers: secure.brokers, tls: true, sasl: { mechanism: 'plain', ...USER } });
    await expect(own.connect()).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE', message: /certificate/ });
    await own.close();
  });

  it('loses nothing, doubles nothing and keeps its group over two kills of the broker', async () => {
    await client.admin.createTopics([{ name: 'outage', partitions: 2, replicationFactor: 1 }]);
    const member = client.member({
      groupId: 'outage',
      heartbeatIntervalMs: 100,
      protocol: 'test',
      subscription: () => protocolBytes('s'),
      assign: async (members) => new Map(members.map(({ memberId }) => [memberId, protocolBytes('a')])),
    });
    const { generationId } = await member.join();
    const producer = client.producer({ batchBytes: 2000, lingerMs: 1 });
    await producer.init();
    const fetcher = client.fetcher({ maxWaitMs: 100 });
    const seen: string[][] = [[], []];
    for (const partition of [0, 1]) fetcher.add('outage', partition, 0);
    // The time is now: a broker that restarts forgets producers whose newest record is older than a day, and with them what
    // it would recognise as a duplicate (producer.id.expiration.ms goes by the records' own timestamps).
    let sent = 0;
    const flow = { over: false };
    const sending = (async () => {
      for (; !flow.over; sent++) {
        for (const partition of [0, 1])
          producer.send('outage', partition, null, Buffer.from(String(sent)), Date.now(), NO_HEADERS);
        if (sent % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        if (!producer.ready) await producer.drained();
      }
      await producer.flush();
    })();
    const take = (): void => {
      for (const chunk of fetcher.poll()) {
        expect(chunk.error).toBeNull();
        seen[chunk.partition]?.push(...recordsOf(chunk).map(({ value }) => value ?? ''));
        fetcher.release(chunk);
      }
    };
    const received = () => {
      take();
      return seen[0]?.length ?? 0;
    };
    for (let kill = 0; kill < 2; kill++) {
      const before = received();
      await until('records flow', () => received() > before + 200);
      await broker.kill();
      await broker.restart();
    }
    const before = received();
    await until('records flow again', () => received() > before + 200);
    flow.over = true;
    await sending;
    await until('all are read', () => received() === sent && seen[1]?.length === sent);
    const expected = Array.from({ length: sent }, (_, i) => String(i));
    expect(seen).toEqual([expected, expected]);
    expect(member.lost).toBe(false);
    if (member.rejoinNeeded) await member.join();
    expect(member.membership?.generationId).toBeGreaterThanOrEqual(generationId);
    await member.commit([{ topic: 'outage', partition: 0, offset: sent, metadata: '' }]);
    await member.leave();
    await Promise.all([producer.close(), fetcher.close()]);
  });

  it('says which brokers it tried when none answers', async () => {
    const own = kafkaClient({ brokers: ['127.0.0.1:1', '127.0.0.1:2'] });
    const error = await own.connect().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'BROKER_UNAVAILABLE', message: /127\.0\.0\.1:1.*127\.0\.0\.1:2/ });
    expect(own.connected).toBe(false);
    await own.close();
  });
});

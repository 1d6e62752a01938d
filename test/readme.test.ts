import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';
import { NO_HEADERS } from '../src/core/record.ts';
import { EmbeddedBroker } from '../src/embedded/broker.ts';
import { embeddedClient } from '../src/embedded/client.ts';
import { startWireServer } from '../src/embedded/wire-server.ts';
import type { StreamsApp } from '../src/runtime/streams-app.ts';

it('the example of the README runs as it is printed', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(20);

  const broker = new EmbeddedBroker();
  const server = await startWireServer(broker);
  const client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics(
    ['lines', 'word-counts'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })),
  );
  const producer = client.producer();
  await producer.init();
  producer.send('lines', 0, null, Buffer.from('The fox, the dog and the FOX'), Date.now(), NO_HEADERS);
  await producer.flush();

  const folder = await mkdtemp(join(tmpdir(), 'topology-readme-'));
  const before = process.cwd();
  process.chdir(folder);
  try {
    const file = join(folder, 'example.mjs');
    const door = new URL('../src/index.ts', import.meta.url).href;
    const text = example.replace("'topology-streams'", `'${door}'`).replace('localhost:9092', server.address);
    await writeFile(file, `${text}\nexport { app };\n`);
    const { app } = (await import(pathToFileURL(file).href)) as { readonly app: StreamsApp };
    await vi.waitFor(() => expect(app.store('word-counts').get('fox')).toBe(2), { timeout: 10_000 });
    await app.close();
  } finally {
    process.chdir(before);
    await client.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
});

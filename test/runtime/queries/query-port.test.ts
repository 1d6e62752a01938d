import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../../../src/core/clock.ts';
import { createHttpClient } from '../../../src/http/client.ts';
import { pageRequest, sendPage } from '../../../src/observe/http-page.ts';
import { anyOf } from '../../../src/runtime/queries/any-of.ts';
import { httpQueries } from '../../../src/runtime/queries/http-queries.ts';
import { answerInstance } from '../../../src/runtime/queries/query-routes.ts';
import { answerWire, askOver } from '../../../src/runtime/queries/query-wire.ts';
import { TaskQueries } from '../../../src/runtime/queries/task-queries.ts';
import { queryPortContract } from '../../../src/testing/contracts/query-port.ts';

queryPortContract('of the tasks of this thread', (port) => Promise.resolve({ port, close: () => Promise.resolve() }));

/** The other thread has no task of that kind. */
queryPortContract('of several threads', (inner) => {
  const idle = new TaskQueries({
    tasks: () => [],
    closed: () => null,
    prepared: () => Promise.reject(new Error('nothing is read here')),
    clock: systemClock,
  });
  return Promise.resolve({ port: anyOf(() => [idle, inner, idle]), close: () => Promise.resolve() });
});

/** As a worker thread answers: what is sent is cloned, and answers come in any order. */
queryPortContract('over a message port', (inner) => {
  const { port1: near, port2: far } = new MessageChannel();
  const waiting = new Map<number, (answer: unknown) => void>();
  let asked = 0;
  far.on('message', ({ id, request }: { id: number; request: unknown }) => {
    void answerWire(inner, request).then((answer) => far.postMessage({ id, answer }, []));
  });
  near.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const port = askOver(
    (request) =>
      new Promise((resolve) => {
        waiting.set(++asked, resolve);
        near.postMessage({ id: asked, request }, []);
      }),
  );
  return Promise.resolve({ port, close: () => Promise.resolve(near.close()) });
});

queryPortContract('over HTTP', async (inner) => {
  const server = createServer((request, response) => {
    void answerInstance([{ applicationId: 'app', local: inner }], pageRequest(request)).then((page) =>
      sendPage(request, response, page),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = createHttpClient();
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    port: httpQueries({ host, applicationId: 'app', http: () => Promise.resolve(http) }),
    close: async () => {
      await http.close();
      server.close();
    },
  };
});

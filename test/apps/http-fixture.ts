import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpFixture {
  readonly origin: string;
  /** Path and query of each request. */
  readonly asked: string[];
  /** How many were answered at the same time, at most. */
  readonly peak: () => number;
  /** How many connections were opened. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A service on a loopback port that counts what it is asked. */
export async function startHttp(answer: RequestListener): Promise<HttpFixture> {
  const asked: string[] = [];
  let running = 0;
  let peak = 0;
  let connections = 0;
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    peak = Math.max(peak, ++running);
    response.on('close', () => running--);
    answer(request, response);
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    peak: () => peak,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

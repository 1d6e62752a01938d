import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer of one of this library's HTTP servers. */
export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request to {@link PageSource}: read as far as its head. */
export interface PageRequest {
  readonly method: string;
  readonly url: URL;
  /** By lower-case name. */
  header(name: string): string | undefined;
  /** null when it is larger than that. */
  body(maxBytes: number): Promise<Buffer | null>;
}

/** Answers some paths; null for those that are not its own. */
export type PageSource = (request: PageRequest) => Promise<Page | null>;

export function jsonPage(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Page {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value, null, 2)}\n`, headers };
}

export function textPage(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body };
}

export function pageRequest(request: IncomingMessage): PageRequest {
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', 'http://localhost'),
    header: (name) => request.headers[name]?.toString(),
    body: async (maxBytes) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      for await (const piece of request as AsyncIterable<Buffer>) {
        bytes += piece.length;
        if (bytes > maxBytes) return null;
        pieces.push(piece);
      }
      return Buffer.concat(pieces, bytes);
    },
  };
}

export function sendPage(request: IncomingMessage, response: ServerResponse, page: Page): void {
  response.writeHead(page.status, {
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    ...page.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

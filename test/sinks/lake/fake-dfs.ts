import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

export type DfsOperation = 'create' | 'rename' | 'append' | 'flush' | 'list' | 'read' | 'properties' | 'delete';

/** What happens to one request instead of its plain answer. */
export interface DfsFault {
  /** Carry the request out first: its answer is what is lost. */
  readonly after?: boolean;
  /** Answer this … */
  readonly status?: number;
  readonly code?: string;
  readonly retryAfter?: string;
  /** … or cut the connection, at once or in the middle of the body … */
  readonly cut?: 'connection' | 'body';
  /** … or wait so long before anything else. */
  readonly delayMs?: number;
}

interface Entry {
  bytes: Buffer;
  readonly appended: Map<number, Buffer>;
  modifiedMs: number;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/**
 * What the lake uses of ADLS Gen2's REST interface (dfs, and the blob reads that the SDK makes), in memory. One container,
 * `lake`. It does not check signatures, and does not know leases, access lists, or ETags.
 */
export class FakeDfs {
  readonly files = new Map<string, Entry>();
  readonly folders = new Set<string>();
  /** Requests by operation. */
  readonly requests: Record<string, number> = {};
  /** The most bytes that appends held before they were flushed into files. */
  largestAppend = 0;
  /** Asked for each request that no planned fault is for. */
  chaos: ((operation: DfsOperation, path: string) => DfsFault | null) | null = null;
  /** Entries of one answer of a listing. */
  pageSize = 5000;
  /** What a conditional rename answers when something is there. */
  takenStatus: 409 | 412 = 409;
  /** Whether `beginFrom` is understood; a service that does not answers 400. */
  beginFrom = true;
  readonly #planned = new Map<DfsOperation, DfsFault[]>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<FakeDfs> {
    const dfs = new FakeDfs();
    await new Promise<void>((resolve) => dfs.#server.listen(0, '127.0.0.1', resolve));
    return dfs;
  }

  /** `http://127.0.0.1:<port>/lake` */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/lake`;
  }

  /** The next requests of that operation meet these faults, one each. */
  plan(operation: DfsOperation, ...faults: readonly DfsFault[]): void {
    this.#planned.set(operation, [...(this.#planned.get(operation) ?? []), ...faults]);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const [, container = '', ...rest] = url.pathname.split('/');
    const path = decodeURIComponent(rest.join('/'));
    const operation = operationOf(request, url);
    this.requests[operation] = (this.requests[operation] ?? 0) + 1;
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    } catch {
      return;
    }
    const fault = this.#planned.get(operation)?.shift() ?? this.chaos?.(operation, path) ?? {};
    if (fault.delayMs !== undefined) await setTimeout(fault.delayMs);
    const faulty = fault.status !== undefined || fault.cut === 'connection';
    let answer: Answer = { status: 500 };
    if (!faulty || fault.after === true) answer = this.#answer(container, operation, path, request, url, pieces);
    if (fault.cut === 'connection') return void request.socket.destroy();
    if (fault.status !== undefined) {
      answer = refusalOf(new Refusal(fault.status, fault.code ?? 'OnDemand'));
      if (fault.retryAfter !== undefined) answer.headers = { ...answer.headers, 'retry-after': fault.retryAfter };
    }
    const body = answer.body ?? Buffer.alloc(0);
    response.writeHead(answer.status, {
      'content-length': answer.length ?? body.length,
      'x-ms-request-id': '1',
      ...answer.headers,
    });
    if (fault.cut === 'body') {
      response.write(body.subarray(0, body.length >> 1), () => request.socket.destroy());
      return;
    }
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #answer(
    container: string,
    operation: DfsOperation,
    path: string,
    request: IncomingMessage,
    url: URL,
    pieces: readonly Buffer[],
  ): Answer {
    try {
      if (container !== 'lake') throw new Refusal(404, 'FilesystemNotFound');
      if (request.headers.authorization === undefined) throw new Refusal(401, 'NoAuthenticationInformation');
      const query = url.searchParams;
      switch (operation) {
        case 'create':
          return this.#create(path, query.get('resource') === 'directory', request.headers['if-none-match'] === '*');
        case 'rename':
          return this.#rename(request, path);
        case 'append':
          return this.#append(
            path,
            Number(query.get('position')),
            Buffer.concat(pieces),
            query.get('flush') === 'true',
          );
        case 'flush':
          return this.#flush(this.#file(path), Number(query.get('position')));
        case 'list':
          return this.#list(query);
        case 'read':
          return this.#read(path, String(request.headers['x-ms-range'] ?? request.headers['range'] ?? ''));
        case 'properties':
          return this.#properties(path);
        case 'delete':
          if (!this.files.delete(path)) throw new Refusal(404, 'PathNotFound');
          return { status: 200 };
      }
    } catch (error) {
      if (error instanceof Refusal) return refusalOf(error);
      throw error;
    }
  }

  #create(path: string, folder: boolean, ifAbsent: boolean): Answer {
    if (ifAbsent && (this.files.has(path) || this.folders.has(path))) throw new Refusal(409, 'PathAlreadyExists');
    this.#makeParents(path);
    if (folder) this.folders.add(path);
    else this.files.set(path, { bytes: Buffer.alloc(0), appended: new Map(), modifiedMs: Date.now() });
    return { status: 201 };
  }

  #rename(request: IncomingMessage, path: string): Answer {
    const from = decodeURIComponent(String(request.headers['x-ms-rename-source']).replace(/^\/lake\//, ''));
    if (request.headers['if-none-match'] === '*' && this.files.has(path)) {
      throw new Refusal(this.takenStatus, this.takenStatus === 409 ? 'PathAlreadyExists' : 'ConditionNotMet');
    }
    const source = this.files.get(from);
    if (source === undefined) throw new Refusal(404, 'SourcePathNotFound');
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (parent !== '' && !this.folders.has(parent)) throw new Refusal(404, 'RenameDestinationParentPathNotFound');
    this.files.delete(from);
    this.files.set(path, source);
    return { status: 201 };
  }

  #append(path: string, position: number, bytes: Buffer, flush: boolean): Answer {
    const file = this.#file(path);
    if (position < file.bytes.length) throw new Refusal(400, 'InvalidFlushPosition');
    this.largestAppend = Math.max(this.largestAppend, bytes.length);
    file.appended.set(position, bytes);
    if (flush) this.#flush(file, position + bytes.length);
    return { status: 202 };
  }

  #flush(file: Entry, position: number): Answer {
    const pieces = [file.bytes];
    for (let at = file.bytes.length; at < position;) {
      const piece = file.appended.get(at);
      if (piece === undefined) throw new Refusal(400, 'InvalidFlushPosition');
      pieces.push(piece);
      at += piece.length;
    }
    file.bytes = Buffer.concat(pieces);
    if (file.bytes.length !== position) throw new Refusal(400, 'InvalidFlushPosition');
    file.appended.clear();
    file.modifiedMs = Date.now();
    return { status: 200 };
  }

  #list(query: URLSearchParams): Answer {
    const folder = query.get('directory') ?? '';
    const beginFrom = query.get('beginFrom') ?? '';
    if (beginFrom !== '' && !this.beginFrom) throw new Refusal(400, 'UnsupportedQueryParameter');
    if (folder !== '' && !this.folders.has(folder)) throw new Refusal(404, 'PathNotFound');
    const prefix = folder === '' ? '' : `${folder}/`;
    const direct = (name: string): boolean =>
      name.startsWith(prefix) && name !== folder && !name.slice(prefix.length).includes('/');
    const names = [...this.files.keys(), ...this.folders]
      .filter((name) => direct(name) && name.slice(prefix.length) >= beginFrom)
      .sort();
    const start = Number(query.get('continuation') ?? 0);
    const page = names.slice(start, start + Math.min(this.pageSize, Number(query.get('maxResults') ?? 5000)));
    const paths = page.map((name) => {
      const file = this.files.get(name);
      const lastModified = new Date(file?.modifiedMs ?? 0).toUTCString();
      return file
        ? { name, contentLength: String(file.bytes.length), lastModified }
        : { name, isDirectory: 'true', contentLength: '0', lastModified };
    });
    const next = start + page.length;
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        ...(next < names.length ? { 'x-ms-continuation': String(next) } : {}),
      },
      body: Buffer.from(JSON.stringify({ paths })),
    };
  }

  #read(path: string, range: string): Answer {
    const { bytes } = this.#file(path);
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
    if (first === undefined) return { status: 200, headers: headersOf(this.#file(path)), body: bytes };
    const start = Number(first);
    if (start >= bytes.length) throw new Refusal(416, 'InvalidRange');
    const end = last === '' || last === undefined ? bytes.length : Math.min(bytes.length, Number(last) + 1);
    const headers = { ...headersOf(this.#file(path)), 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` };
    return { status: 206, headers, body: bytes.subarray(start, end) };
  }

  #properties(path: string): Answer {
    if (this.folders.has(path)) return { status: 200, headers: { 'x-ms-meta-hdi_isfolder': 'true' } };
    const file = this.#file(path);
    return { status: 200, headers: headersOf(file), length: file.bytes.length };
  }

  #file(path: string): Entry {
    const file = this.files.get(path);
    if (file === undefined) throw new Refusal(404, 'PathNotFound');
    return file;
  }

  #makeParents(path: string): void {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) this.folders.add(path.slice(0, at));
  }
}

interface Answer {
  readonly status: number;
  headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Of a HEAD, which has no body. */
  readonly length?: number;
}

function operationOf(request: IncomingMessage, url: URL): DfsOperation {
  const { method } = request;
  if (method === 'PUT') return request.headers['x-ms-rename-source'] === undefined ? 'create' : 'rename';
  if (method === 'PATCH') return url.searchParams.get('action') === 'append' ? 'append' : 'flush';
  if (method === 'DELETE') return 'delete';
  if (method === 'HEAD') return 'properties';
  return url.searchParams.get('resource') === 'filesystem' ? 'list' : 'read';
}

function headersOf(file: Entry): Record<string, string> {
  return { 'last-modified': new Date(file.modifiedMs).toUTCString(), etag: '"0x1"' };
}

function refusalOf({ status, code }: Refusal): Answer {
  return {
    status,
    headers: { 'x-ms-error-code': code, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ error: { code, message: `${code} (on demand)` } })),
  };
}

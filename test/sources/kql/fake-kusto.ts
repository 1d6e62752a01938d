import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface KustoFault {
  readonly status?: number;
  readonly retryAfter?: string;
  /** The body of an error, as the service's own errors are. */
  readonly error?: { readonly code: string; readonly permanent: boolean };
  /** Cut the connection before the answer, or in the middle of it. */
  readonly cut?: 'connection' | 'body';
  /** Half of the rows under the status 200, with an error in the last frame. */
  readonly partial?: boolean;
}

export interface IngestedRow {
  /** `2026-01-01T00:00:00.0000001Z`; as Kusto, to the tenth of a microsecond. */
  readonly at: string;
  readonly row: Readonly<Record<string, unknown>>;
}

const QUERY =
  /^(?<table>\w+)\n\| extend poll_cursor = (?<cursor>[^\n]+), poll_id = tostring\(\["(?<id>\w+)"\]\)\n\| where poll_cursor >= datetime\((?<from>[^)]+)\) and poll_cursor < datetime\((?<to>[^)]+)\)(?:\n\| where poll_cursor > datetime\((?<after>[^)]+)\) or \(poll_cursor == datetime\([^)]+\) and strcmp\(poll_id, (?<afterId>"(?:[^"\\]|\\.)*")\) > 0\))?\n\| order by poll_cursor asc, poll_id asc\n\| take (?<rows>\d+)$/;

/** Answers the queries of the poller (and no others) as Kusto's REST interface, version 2, does. */
export class FakeKusto {
  readonly rows: IngestedRow[] = [];
  readonly queries: string[] = [];
  /** Faults of the next queries, one each; null lets one through. */
  readonly faults: (KustoFault | null)[] = [];
  /** More rows than this are too large for one answer. */
  maxRows = Infinity;
  lastRequest: { readonly headers: IncomingMessage['headers']; readonly body: Record<string, unknown> } | null = null;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<FakeKusto> {
    const kusto = new FakeKusto();
    await new Promise<void>((resolve) => kusto.#server.listen(0, '127.0.0.1', resolve));
    return kusto;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request as AsyncIterable<Buffer>) text += piece.toString('utf8');
    const body = JSON.parse(text) as Record<string, unknown>;
    this.lastRequest = { headers: request.headers, body };
    const query = String(body['csl']);
    this.queries.push(query);
    const fault = this.faults.shift() ?? {};
    if (fault.cut === 'connection') return void request.socket.destroy();
    if (fault.status !== undefined) {
      const { code = 'OnDemand', permanent = false } = fault.error ?? {};
      const retry = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      response.writeHead(fault.status, { 'content-type': 'application/json', ...retry });
      response.end(
        JSON.stringify({ error: { code, message: code, '@message': `${code} on demand`, '@permanent': permanent } }),
      );
      return;
    }
    const answer = JSON.stringify(this.#frames(query, fault.partial === true));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
    if (fault.cut === 'body') response.write(answer.slice(0, answer.length >> 1), () => request.socket.destroy());
    else response.end(answer);
  }

  #frames(query: string, partial: boolean): unknown[] {
    const { id = '', from = '', to = '', after, afterId, rows = '0' } = QUERY.exec(query)?.groups ?? {};
    if (from === '') throw new Error(`a query that this fake does not know: ${query}`);
    const lastId = afterId === undefined ? '' : String(JSON.parse(afterId));
    const found = this.rows
      .map(({ at, row }) => ({ at: ticks(at), cursor: at, id: String(row[id]), row }))
      .filter(({ at }) => at >= ticks(from) && at < ticks(to))
      .filter((row) => after === undefined || row.at > ticks(after) || (row.at === ticks(after) && row.id > lastId))
      .sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1))
      .slice(0, Number(rows));
    const names = [...new Set(found.flatMap(({ row }) => Object.keys(row)))];
    const values = found.map(({ row, cursor, id }) => [...names.map((name) => row[name] ?? null), cursor, id]);
    const error = (code: string): unknown => ({
      error: { code, '@message': code, '@permanent': code.startsWith('8') },
    });
    const end = { FrameType: 'DataSetCompletion', HasErrors: false, Cancelled: false };
    const table = {
      FrameType: 'DataTable',
      TableId: 1,
      TableKind: 'PrimaryResult',
      TableName: 'PrimaryResult',
      Columns: [...names, 'poll_cursor', 'poll_id'].map((ColumnName) => ({ ColumnName, ColumnType: 'string' })),
    };
    const header = { FrameType: 'DataSetHeader', IsProgressive: false, Version: 'v2.0' };
    if (values.length > this.maxRows) {
      const tooLarge = error('80DA0003');
      return [
        header,
        { ...table, Rows: [...values.slice(0, this.maxRows), { OneApiErrors: [tooLarge] }] },
        { ...end, HasErrors: true, OneApiErrors: [tooLarge] },
      ];
    }
    if (partial) {
      const half = { ...table, Rows: values.slice(0, values.length >> 1) };
      return [header, half, { ...end, HasErrors: true, OneApiErrors: [error('LimitsExceeded')] }];
    }
    return [
      header,
      { FrameType: 'DataTable', TableKind: 'QueryProperties', Columns: [], Rows: [] },
      { ...table, Rows: values },
      end,
    ];
  }
}

/** Comparable, whatever the number of digits. */
function ticks(at: string): string {
  const [, seconds = '', digits = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(at) ?? [];
  return `${seconds}.${digits.padEnd(7, '0')}`;
}

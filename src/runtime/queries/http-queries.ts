import { messageOf, StreamsError } from '../../core/errors.ts';
import type { HttpClient } from '../../http/client.ts';
import { askOver } from './query-wire.ts';
import type { QueryPort } from './store-query.ts';

export interface HttpQueriesOptions {
  /** The instance's `applicationServer`, `host:port`. */
  readonly host: string;
  readonly applicationId: string;
  readonly http: () => Promise<HttpClient>;
  /** Longest time from the request to the end of the answer, without what the query itself waits (default 2,000 ms). */
  readonly requestTimeoutMs?: number;
}

/** The path at which an instance answers the others. */
export const QUERY_PATH = '/queries';
/** An answer is a page of about a MiB, in base64; a single value may be larger. */
const MAX_ANSWER_BYTES = 256 << 20;

/** Asks another instance. Retrying is up to whoever asks: it may be somebody else's partition by then. */
export function httpQueries({ host, applicationId, http, requestTimeoutMs = 2_000 }: HttpQueriesOptions): QueryPort {
  return askOver(async (request, { waitMs }) => {
    try {
      const client = await http();
      const answer = await client.send(`http://${host}${QUERY_PATH}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ applicationId, request }),
        signal: AbortSignal.timeout(Math.ceil(waitMs + requestTimeoutMs)),
      });
      const body = await answer.text(MAX_ANSWER_BYTES);
      // Refusals carry their reason in the body, as answers do.
      return JSON.parse(body) as unknown;
    } catch (error) {
      const message = `${host} did not answer a query: ${messageOf(error)}`;
      throw new StreamsError('INSTANCE_UNAVAILABLE', message, { cause: error });
    }
  });
}

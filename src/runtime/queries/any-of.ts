import { StreamsError } from '../../core/errors.ts';
import type { QueryAnswer, QueryPort } from './store-query.ts';

/** The threads of a process as one port: the first that can answers. */
export function anyOf(ports: () => readonly QueryPort[]): QueryPort {
  return {
    ask: async (request): Promise<QueryAnswer> => {
      let failure: StreamsError | null = null;
      for (const port of ports()) {
        try {
          return await port.ask(request);
        } catch (error) {
          if (!(error instanceof StreamsError) || !error.retriable) throw error;
          // That a partition is elsewhere says less than why it cannot be read where it is.
          if (failure === null || failure.code === 'NOT_PRESENT') failure = error;
        }
      }
      throw failure ?? new StreamsError('NOT_PRESENT', 'no thread runs here');
    },
  };
}

import { serdes, StreamsBuilder, type ThreadContext, type Topology } from '../../../src/index.ts';

/** Threads whose breakers are open; of use where the workers are in this thread. */
export const breakers = { open: new Set<string>() };

/** The module of a tested application: what its worker threads load. */
export default function counting(context?: ThreadContext): Topology {
  context?.logger.info({ built: context.threadName }, 'built');
  // A condition of the thread's own, as a circuit breaker is: it is told from outside what it says.
  context?.readiness('breaker', () =>
    breakers.open.has(context.threadName) ? { ready: false, reason: 'it is open' } : { ready: true },
  );
  const builder = new StreamsBuilder();
  builder
    .stream('in', { key: serdes.string, value: serdes.string })
    .peek((value) => {
      if (value === 'poison') throw new Error('a poisoned record');
    })
    .groupBy((value) => value, { key: serdes.string, name: 'by-word' })
    .count({ store: 'counts' })
    .toStream()
    .to('out', { key: serdes.string, value: serdes.int64 });
  return builder.build();
}

export function another(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { key: serdes.string, value: serdes.string })
    .to('out', { key: serdes.string, value: serdes.string });
  return builder.build();
}

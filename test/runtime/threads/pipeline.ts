import { serdes, StreamsBuilder, type ThreadContext, type Topology } from '../../../src/index.ts';

/** The module of a tested application: what its worker threads load. */
export default function counting(context?: ThreadContext): Topology {
  context?.logger.info({ built: context.threadName }, 'built');
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

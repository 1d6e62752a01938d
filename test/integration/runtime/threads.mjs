// The module that worker threads of the tests load: `data` says which topics.
const { StreamsBuilder, serdes } = await import(process.env.TOPOLOGY_BUILD);

export default function counting({ data: { input, output } }) {
  const builder = new StreamsBuilder();
  builder
    .stream(input, { key: serdes.string, value: serdes.string })
    .peek((value) => {
      if (value === 'poison') throw new Error('a poisoned record');
      // A thread that hears nothing.
      if (value === 'spin') for (;;);
    })
    .groupBy((value) => value, { key: serdes.string, name: 'by-word' })
    .count({ store: 'counts' })
    .toStream()
    .to(output, { key: serdes.string, value: serdes.int64 });
  return builder.build();
}

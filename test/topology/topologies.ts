import type { SinkConnector } from '../../src/sinks/sink.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import type { KStream } from '../../src/topology/stream.ts';

export const text = { key: serdes.string, value: serdes.string };

/** A builder with one stream of texts. */
export function words(topic = 'in'): { builder: StreamsBuilder; stream: KStream<string, string> } {
  const builder = new StreamsBuilder();
  return { builder, stream: builder.stream(topic, text) };
}

/** An external sink that is never opened. */
export const nowhere: SinkConnector = {
  description: 'nowhere',
  open: () => Promise.reject(new Error('not opened in these tests')),
};

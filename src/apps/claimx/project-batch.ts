import type { Serde } from '../../core/serde.ts';
import { openBatchSerde } from '../../processors/batch-store.ts';
import type { BatchItem } from '../../processors/options.ts';
import type { EnrichmentTask } from './schemas.generated.ts';
import { enrichmentTaskSerde } from './serdes.ts';

/** Events of one project that are enriched together. */
export interface ProjectBatch {
  readonly items: readonly BatchItem<EnrichmentTask>[];
  /** The project's row has been written before. */
  readonly known: boolean;
}

type Inner = ReturnType<typeof openBatchSerde<EnrichmentTask>>;

/** For batches that are being enriched at a commit: one byte for `known`, then the items. */
export const projectBatchSerde: Serde<ProjectBatch> = around(openBatchSerde(enrichmentTaskSerde));

function around(inner: Inner): Serde<ProjectBatch> {
  return {
    name: 'projectBatch',
    serialize: (topic, { items, known }) =>
      Buffer.concat([Buffer.of(known ? 1 : 0), inner.serialize(topic, { openedMs: 0, items })]),
    deserialize: (topic, bytes) => ({
      items: inner.deserialize(topic, bytes.subarray(1)).items,
      known: bytes[0] === 1,
    }),
    prepare: async (use) => around((await inner.prepare?.(use)) ?? inner),
    recover: async (error) => {
      await inner.recover?.(error);
    },
  };
}

import type { Manifest } from '../../shared/sample/comparison.ts';
import type { FileFate } from '../../shared/sample/simulated-files.ts';
import type { SampleEvent } from './generator.ts';

export interface ManifestModel {
  event(event: SampleEvent): void;
  malformed(): void;
  count(): Manifest;
}

/** Files of these fates are stored. Nobody signs a link anew, so one that has expired leads to nothing. */
const HAD: ReadonlySet<FileFate> = new Set(['fine', 'slow']);

/**
 * The application's rules in their shortest form: sets of keys. It shares no code with the pipeline, so that a mistake
 * there does not repeat itself here.
 */
export function createManifestModel(): ManifestModel {
  const events = new Set<string>();
  const attachments = new Set<string>();
  const lost = new Set<string>();
  let malformed = 0;
  return {
    event: ({ trace_id, attachments: attached = [] }) => {
      events.add(trace_id);
      for (const { id, fate, noLink } of attached) {
        attachments.add(`${trace_id}/${id}`);
        if (!HAD.has(fate) || noLink !== null) lost.add(`${trace_id}/${id}`);
      }
    },
    malformed: () => void malformed++,
    count: () => ({
      tables: { xact_events: events.size, xact_attachments: attachments.size },
      deadLetters: { 'xact.events.dlq': malformed, 'xact.downloads.dlq': lost.size },
    }),
  };
}

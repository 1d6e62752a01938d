import type { Facts } from '../../shared/sample/facts.ts';
import type { FileFate } from '../../shared/sample/simulated-files.ts';
import type { SampleEvent } from './generator.ts';

export interface ManifestModel {
  event(event: SampleEvent): void;
  /** @param place of the record in the sample @param what is wrong with it */
  malformed(place: number, what: string): void;
  facts(): Facts;
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
  const lost = new Map<string, string>();
  const malformed = new Map<string, string>();
  return {
    event: ({ trace_id, timestamp, attachments: attached = [] }) => {
      events.add(`${timestamp.slice(0, 10)}/${trace_id}`);
      for (const { id, fate, noLink } of attached) {
        attachments.add(`${trace_id}/${id}`);
        if (!HAD.has(fate) || noLink !== null) lost.set(`${trace_id}/${id}`, noLink === null ? fate : 'no-link');
      }
    },
    malformed: (place, what) => void malformed.set(String(place), what),
    facts: () => ({
      tables: { xact_events: events, xact_attachments: attachments },
      deadLetters: { 'xact.events.dlq': malformed, 'xact.downloads.dlq': lost },
    }),
  };
}

import { avro } from '../../serdes/avro.ts';
import { serdes } from '../../serdes/serdes.ts';
import {
  cachedDownloadSchema,
  downloadTaskSchema,
  enrichmentResultSchema,
  enrichmentTaskSchema,
  eventRowSchema,
  eventSchema,
  failedDownloadSchema,
  failedEnrichmentSchema,
  failedEventSchema,
  projectRowSchema,
  uploadResultSchema,
  type CachedDownload,
  type DownloadTask,
  type EnrichmentResult,
  type EnrichmentTask,
  type Event,
  type EventRow,
  type FailedDownload,
  type FailedEnrichment,
  type FailedEvent,
  type ProjectRow,
  type UploadResult,
} from './schemas.generated.ts';

/** The serdes of the application: text keys, Avro values. */
export const textKey = serdes.string;
export const eventSerde = avro<Event>(eventSchema);
export const eventRowSerde = avro<EventRow>(eventRowSchema);
export const failedEventSerde = avro<FailedEvent>(failedEventSchema);
export const enrichmentTaskSerde = avro<EnrichmentTask>(enrichmentTaskSchema);
export const enrichmentResultSerde = avro<EnrichmentResult>(enrichmentResultSchema);
export const failedEnrichmentSerde = avro<FailedEnrichment>(failedEnrichmentSchema);
export const projectRowSerde = avro<ProjectRow>(projectRowSchema);
export const downloadTaskSerde = avro<DownloadTask>(downloadTaskSchema);
export const cachedDownloadSerde = avro<CachedDownload>(cachedDownloadSchema);
export const uploadResultSerde = avro<UploadResult>(uploadResultSchema);
export const failedDownloadSerde = avro<FailedDownload>(failedDownloadSchema);

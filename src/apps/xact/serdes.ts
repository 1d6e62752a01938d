import { avro } from '../../serdes/avro.ts';
import { serdes } from '../../serdes/serdes.ts';
import {
  cachedDownloadSchema,
  downloadResultSchema,
  downloadTaskSchema,
  eventRowSchema,
  eventSchema,
  failedDownloadSchema,
  failedEventSchema,
  type CachedDownload,
  type DownloadResult,
  type DownloadTask,
  type Event,
  type EventRow,
  type FailedDownload,
  type FailedEvent,
} from './schemas.generated.ts';

/** The serdes of the application: text keys, Avro values. */
export const textKey = serdes.string;
export const eventSerde = avro<Event>(eventSchema);
export const eventRowSerde = avro<EventRow>(eventRowSchema);
export const failedEventSerde = avro<FailedEvent>(failedEventSchema);
export const downloadTaskSerde = avro<DownloadTask>(downloadTaskSchema);
export const cachedDownloadSerde = avro<CachedDownload>(cachedDownloadSchema);
export const downloadResultSerde = avro<DownloadResult>(downloadResultSchema);
export const failedDownloadSerde = avro<FailedDownload>(failedDownloadSchema);

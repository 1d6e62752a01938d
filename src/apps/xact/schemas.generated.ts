// Written by scripts/generate-types.mjs from schemas/xact. Change the .avsc files and run `npm run generate`.

import type { AvroSchema } from '../../serdes/avro-schema.ts';

/** `T`, where the fields `K` may be left out. */
type WithDefaults<T, K extends keyof T> = Omit<T, K> & { readonly [F in K]?: T[F] | undefined };

/** Row of xact_attachments, the inventory of files in the lake; merge keys trace_id and attachment_id. */
export type AttachmentRow = {
  /** The event that the attachment came with. */
  readonly trace_id: string;
  /** Tells the attachments of an event apart: a hash of the link without its signature. */
  readonly attachment_id: string;
  /** The link without its query: no signature. */
  readonly attachment_url: string;
  /** Path of the file below the domain's folder in the lake. */
  readonly blob_path: string;
  /** Extension without the dot, lower case. */
  readonly file_type: string | null;
  /** The file's name, from its link. */
  readonly file_name: string | null;
  /** The event's type. */
  readonly event_type: string | null;
  /** The event's subtype. */
  readonly event_subtype: string | null;
  /** The assignment that the event belongs to. */
  readonly assignment_id: string | null;
  /** As the file host said. */
  readonly content_type: string | null;
  /** The file's size. */
  readonly bytes: number | null;
  /** Of the content, in hex. */
  readonly sha256: string | null;
  /** `completed` or `failed`; null between upload and result. */
  readonly status: string;
  /** Why it failed. */
  readonly error_category: string | null;
  /** Why it failed, for people. */
  readonly error: string | null;
  /** Tries the download took, the first one not counted. */
  readonly retry_count: number;
  /** When the event happened. In ms since the epoch. */
  readonly original_timestamp: number;
  /** When the row was first written. In ms since the epoch. */
  readonly created_at: number;
  /** When this version of the row was made. In ms since the epoch. */
  readonly updated_at: number;
};

/** What a new {@link AttachmentRow} needs; fields with a default may be left out. */
export type AttachmentRowFields = WithDefaults<AttachmentRow, 'file_type' | 'file_name' | 'event_type' | 'event_subtype' | 'assignment_id' | 'content_type' | 'bytes' | 'sha256' | 'error_category' | 'error' | 'retry_count'>;

/** A {@link AttachmentRow} with its defaults filled in. */
export function newAttachmentRow(fields: AttachmentRowFields): AttachmentRow {
  return {
    trace_id: fields.trace_id,
    attachment_id: fields.attachment_id,
    attachment_url: fields.attachment_url,
    blob_path: fields.blob_path,
    file_type: fields.file_type ?? null,
    file_name: fields.file_name ?? null,
    event_type: fields.event_type ?? null,
    event_subtype: fields.event_subtype ?? null,
    assignment_id: fields.assignment_id ?? null,
    content_type: fields.content_type ?? null,
    bytes: fields.bytes ?? null,
    sha256: fields.sha256 ?? null,
    status: fields.status,
    error_category: fields.error_category ?? null,
    error: fields.error ?? null,
    retry_count: fields.retry_count ?? 0,
    original_timestamp: fields.original_timestamp,
    created_at: fields.created_at,
    updated_at: fields.updated_at,
  };
}

/** A file in the local cache, waiting for its upload; xact.downloads.cached. */
export type CachedDownload = {
  /** The event that the attachment came with. */
  readonly trace_id: string;
  /** Tells the attachments of an event apart: a hash of the link without its signature. */
  readonly attachment_id: string;
  /** The link without its query: no signature. */
  readonly attachment_url: string;
  /** Path of the file below the domain's folder in the lake. */
  readonly blob_path: string;
  /** Extension without the dot, lower case. */
  readonly file_type: string;
  /** The file's name, from its link. */
  readonly file_name: string;
  /** The event's type. */
  readonly event_type: string;
  /** The event's subtype. */
  readonly event_subtype: string;
  /** The assignment that the event belongs to. */
  readonly assignment_id: string | null;
  /** Tries so far, the first one not counted. */
  readonly retry_count: number;
  /** When the event happened; kept over retries. In ms since the epoch. */
  readonly original_timestamp: number;
  /** For what else is to be said: after a failed try `error` and `error_category`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The file on the downloader's disk. */
  readonly cache_path: string;
  /** The file's size. */
  readonly bytes: number;
  /** As the file host said. */
  readonly content_type: string | null;
  /** Of the content, in hex. */
  readonly sha256: string | null;
  /** When the download was complete. In ms since the epoch. */
  readonly downloaded_at: number;
};

/** What a new {@link CachedDownload} needs; fields with a default may be left out. */
export type CachedDownloadFields = WithDefaults<CachedDownload, 'file_type' | 'file_name' | 'event_type' | 'event_subtype' | 'assignment_id' | 'retry_count' | 'metadata' | 'content_type' | 'sha256'>;

/** A {@link CachedDownload} with its defaults filled in. */
export function newCachedDownload(fields: CachedDownloadFields): CachedDownload {
  return {
    trace_id: fields.trace_id,
    attachment_id: fields.attachment_id,
    attachment_url: fields.attachment_url,
    blob_path: fields.blob_path,
    file_type: fields.file_type ?? '',
    file_name: fields.file_name ?? '',
    event_type: fields.event_type ?? '',
    event_subtype: fields.event_subtype ?? '',
    assignment_id: fields.assignment_id ?? null,
    retry_count: fields.retry_count ?? 0,
    original_timestamp: fields.original_timestamp,
    metadata: fields.metadata ?? {},
    cache_path: fields.cache_path,
    bytes: fields.bytes,
    content_type: fields.content_type ?? null,
    sha256: fields.sha256 ?? null,
    downloaded_at: fields.downloaded_at,
  };
}

/** How the way of one attachment ended; xact.downloads.results. */
export type DownloadResult = {
  /** The event that the attachment came with. */
  readonly trace_id: string;
  /** Tells the attachments of an event apart: a hash of the link without its signature. */
  readonly attachment_id: string;
  /** The link without its query: no signature. */
  readonly attachment_url: string;
  /** Path of the file below the domain's folder in the lake. */
  readonly blob_path: string;
  /** Extension without the dot, lower case. */
  readonly file_type: string;
  /** The file's name, from its link. */
  readonly file_name: string;
  /** The event's type. */
  readonly event_type: string;
  /** The event's subtype. */
  readonly event_subtype: string;
  /** The assignment that the event belongs to. */
  readonly assignment_id: string | null;
  /** Tries so far, the first one not counted. */
  readonly retry_count: number;
  /** When the event happened; kept over retries. In ms since the epoch. */
  readonly original_timestamp: number;
  /** For what else is to be said: after a failed try `error` and `error_category`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How it ended. */
  readonly status: DownloadStatus;
  /** The file's size; 0 where there is none. */
  readonly bytes: number;
  /** As the file host said. */
  readonly content_type: string | null;
  /** Of the content, in hex. */
  readonly sha256: string | null;
  /** The file host's last answer, where the download failed with one. */
  readonly http_status: number | null;
  /** Why it failed. */
  readonly error_category: ErrorCategory | null;
  /** The last error, for people, without credentials or signed URLs. */
  readonly error: string | null;
  /** When it ended. In ms since the epoch. */
  readonly finished_at: number;
};

/** What a new {@link DownloadResult} needs; fields with a default may be left out. */
export type DownloadResultFields = WithDefaults<DownloadResult, 'file_type' | 'file_name' | 'event_type' | 'event_subtype' | 'assignment_id' | 'retry_count' | 'metadata' | 'bytes' | 'content_type' | 'sha256' | 'http_status' | 'error_category' | 'error'>;

/** A {@link DownloadResult} with its defaults filled in. */
export function newDownloadResult(fields: DownloadResultFields): DownloadResult {
  return {
    trace_id: fields.trace_id,
    attachment_id: fields.attachment_id,
    attachment_url: fields.attachment_url,
    blob_path: fields.blob_path,
    file_type: fields.file_type ?? '',
    file_name: fields.file_name ?? '',
    event_type: fields.event_type ?? '',
    event_subtype: fields.event_subtype ?? '',
    assignment_id: fields.assignment_id ?? null,
    retry_count: fields.retry_count ?? 0,
    original_timestamp: fields.original_timestamp,
    metadata: fields.metadata ?? {},
    status: fields.status,
    bytes: fields.bytes ?? 0,
    content_type: fields.content_type ?? null,
    sha256: fields.sha256 ?? null,
    http_status: fields.http_status ?? null,
    error_category: fields.error_category ?? null,
    error: fields.error ?? null,
    finished_at: fields.finished_at,
  };
}

/** `success`: the file is in the lake; `failed_transient`: every try failed; `failed_permanent`: no try can succeed. */
export type DownloadStatus = 'success' | 'failed_transient' | 'failed_permanent';

/** Asks for the download of one attachment; xact.downloads.pending and its retry topics. */
export type DownloadTask = {
  /** The event that the attachment came with. */
  readonly trace_id: string;
  /** Tells the attachments of an event apart: a hash of the link without its signature. */
  readonly attachment_id: string;
  /** Presigned URL. A secret until it expires: never logged as it is. */
  readonly attachment_url: string;
  /** Path of the file below the domain's folder in the lake. */
  readonly blob_path: string;
  /** Extension without the dot, lower case. */
  readonly file_type: string;
  /** The file's name, from its link. */
  readonly file_name: string;
  /** The event's type. */
  readonly event_type: string;
  /** The event's subtype. */
  readonly event_subtype: string;
  /** The assignment that the event belongs to. */
  readonly assignment_id: string | null;
  /** Tries so far, the first one not counted. */
  readonly retry_count: number;
  /** When the event happened; kept over retries. In ms since the epoch. */
  readonly original_timestamp: number;
  /** For what else is to be said: after a failed try `error` and `error_category`. */
  readonly metadata: Readonly<Record<string, string>>;
};

/** What a new {@link DownloadTask} needs; fields with a default may be left out. */
export type DownloadTaskFields = WithDefaults<DownloadTask, 'file_type' | 'file_name' | 'event_type' | 'event_subtype' | 'assignment_id' | 'retry_count' | 'metadata'>;

/** A {@link DownloadTask} with its defaults filled in. */
export function newDownloadTask(fields: DownloadTaskFields): DownloadTask {
  return {
    trace_id: fields.trace_id,
    attachment_id: fields.attachment_id,
    attachment_url: fields.attachment_url,
    blob_path: fields.blob_path,
    file_type: fields.file_type ?? '',
    file_name: fields.file_name ?? '',
    event_type: fields.event_type ?? '',
    event_subtype: fields.event_subtype ?? '',
    assignment_id: fields.assignment_id ?? null,
    retry_count: fields.retry_count ?? 0,
    original_timestamp: fields.original_timestamp,
    metadata: fields.metadata ?? {},
  };
}

/** `transient`: may succeed later; `permanent`: will not; `auth`: the credentials were refused; `circuit_open`: not tried, the service was known to be down; `exhausted`: transient, and no try is left; `unknown`: none of these. */
export type ErrorCategory = 'transient' | 'permanent' | 'auth' | 'circuit_open' | 'exhausted' | 'unknown';

/** An event of xact, as it arrives on xact.events.raw. */
export type Event = {
  /** Unique for each event; the key for deduplication. */
  readonly trace_id: string;
  /** Such as verisk.claims.property.xn.documentsReceived. A string: a type unknown here survives. */
  readonly event_type: string;
  /** Where the source gives none: the last part of the type. */
  readonly event_subtype: string | null;
  /** When it happened, by the source's clock. In ms since the epoch. */
  readonly timestamp: number;
  /** Where it comes from. */
  readonly source_system: string;
  /** A link to each attached file. Presigned: secrets until they expire, never logged as they are. */
  readonly attachments: readonly string[];
  /** The payload as it came, as JSON text. */
  readonly payload: string | null;
};

/** What a new {@link Event} needs; fields with a default may be left out. */
export type EventFields = WithDefaults<Event, 'event_subtype' | 'source_system' | 'attachments' | 'payload'>;

/** A {@link Event} with its defaults filled in. */
export function newEvent(fields: EventFields): Event {
  return {
    trace_id: fields.trace_id,
    event_type: fields.event_type,
    event_subtype: fields.event_subtype ?? null,
    timestamp: fields.timestamp,
    source_system: fields.source_system ?? 'xact',
    attachments: fields.attachments ?? [],
    payload: fields.payload ?? null,
  };
}

/** Row of xact_events, an event with its payload flattened; merge keys event_date and trace_id, partitioned by event_date. */
export type EventRow = {
  /** The UTC day of `timestamp`; the partition. In days since the epoch. */
  readonly event_date: number;
  /** Unique for each event; the key for deduplication. */
  readonly trace_id: string;
  /** Such as verisk.claims.property.xn.documentsReceived. A string: a type unknown here survives. */
  readonly event_type: string;
  /** As the source says, else the last part of the type. */
  readonly event_subtype: string;
  /** When it happened, by the source's clock. In ms since the epoch. */
  readonly timestamp: number;
  /** Where it comes from. */
  readonly source_system: string;
  /** `assignmentId` of the payload. */
  readonly assignment_id: string | null;
  /** `originalAssignmentId` of the payload. */
  readonly original_assignment_id: string | null;
  /** `claimNumber` of the payload. */
  readonly claim_number: string | null;
  /** `carrier` of the payload. */
  readonly carrier: string | null;
  /** `estimateVersion` of the payload. */
  readonly estimate_version: string | null;
  /** `description` of the payload. */
  readonly description: string | null;
  /** `note` of the payload. */
  readonly note: string | null;
  /** `author` of the payload. */
  readonly author: string | null;
  /** `senderReviewerName` of the payload. */
  readonly sender_reviewer_name: string | null;
  /** `senderReviewerEmail` of the payload. */
  readonly sender_reviewer_email: string | null;
  /** `carrierReviewerName` of the payload. */
  readonly carrier_reviewer_name: string | null;
  /** `carrierReviewerEmail` of the payload. */
  readonly carrier_reviewer_email: string | null;
  /** `contact.type` of the payload. */
  readonly contact_type: string | null;
  /** `contact.name` of the payload. */
  readonly contact_name: string | null;
  /** The links to the attached files, without their queries: no signatures. */
  readonly attachments: readonly string[];
  /** Attached files; a link that is there twice counts once. */
  readonly attachment_count: number;
  /** The payload as it came, as JSON text. */
  readonly payload: string | null;
  /** When the ingester took the event in. In ms since the epoch. */
  readonly created_at: number;
};

/** What a new {@link EventRow} needs; fields with a default may be left out. */
export type EventRowFields = WithDefaults<EventRow, 'assignment_id' | 'original_assignment_id' | 'claim_number' | 'carrier' | 'estimate_version' | 'description' | 'note' | 'author' | 'sender_reviewer_name' | 'sender_reviewer_email' | 'carrier_reviewer_name' | 'carrier_reviewer_email' | 'contact_type' | 'contact_name' | 'attachments' | 'attachment_count' | 'payload'>;

/** A {@link EventRow} with its defaults filled in. */
export function newEventRow(fields: EventRowFields): EventRow {
  return {
    event_date: fields.event_date,
    trace_id: fields.trace_id,
    event_type: fields.event_type,
    event_subtype: fields.event_subtype,
    timestamp: fields.timestamp,
    source_system: fields.source_system,
    assignment_id: fields.assignment_id ?? null,
    original_assignment_id: fields.original_assignment_id ?? null,
    claim_number: fields.claim_number ?? null,
    carrier: fields.carrier ?? null,
    estimate_version: fields.estimate_version ?? null,
    description: fields.description ?? null,
    note: fields.note ?? null,
    author: fields.author ?? null,
    sender_reviewer_name: fields.sender_reviewer_name ?? null,
    sender_reviewer_email: fields.sender_reviewer_email ?? null,
    carrier_reviewer_name: fields.carrier_reviewer_name ?? null,
    carrier_reviewer_email: fields.carrier_reviewer_email ?? null,
    contact_type: fields.contact_type ?? null,
    contact_name: fields.contact_name ?? null,
    attachments: fields.attachments ?? [],
    attachment_count: fields.attachment_count ?? 0,
    payload: fields.payload ?? null,
    created_at: fields.created_at,
  };
}

/** A download that failed for good; xact.downloads.dlq. */
export type FailedDownload = {
  /** The event that the attachment came with. */
  readonly trace_id: string;
  /** Tells the attachments of an event apart: a hash of the link without its signature. */
  readonly attachment_id: string;
  /** The task as it was last tried: a replay sends it again with retry_count 0. */
  readonly task: DownloadTask;
  /** Why no further try is made. */
  readonly error_category: ErrorCategory;
  /** The last error, for people, without credentials or signed URLs, cut to 2,000 characters. */
  readonly error: string;
  /** The file host's last answer, where there was one. */
  readonly http_status: number | null;
  /** Tries in all. */
  readonly attempts: number;
  /** When it was given up. In ms since the epoch. */
  readonly failed_at: number;
};

/** What a new {@link FailedDownload} needs; fields with a default may be left out. */
export type FailedDownloadFields = WithDefaults<FailedDownload, 'http_status'>;

/** A {@link FailedDownload} with its defaults filled in. */
export function newFailedDownload(fields: FailedDownloadFields): FailedDownload {
  return {
    trace_id: fields.trace_id,
    attachment_id: fields.attachment_id,
    task: fields.task,
    error_category: fields.error_category,
    error: fields.error,
    http_status: fields.http_status ?? null,
    attempts: fields.attempts,
    failed_at: fields.failed_at,
  };
}

/** A record of xact.events.raw that could not be read or lacks what an event needs: the record as it was, and why. */
export type FailedEvent = {
  /** What is wrong, for people. Names fields, never values. */
  readonly reason: string;
  /** The code of the error, such as DESERIALIZATION. */
  readonly error_code: string;
  /** The record's value, byte for byte. */
  readonly payload: Buffer | null;
  /** The record's key, byte for byte. */
  readonly key: Buffer | null;
  /** Where the record was read. */
  readonly source_topic: string;
  /** Where the record was read. */
  readonly source_partition: number;
  /** Where the record was read. */
  readonly source_offset: number;
  /** The record's timestamp. In ms since the epoch. */
  readonly source_timestamp: number;
  /** When it was refused. In ms since the epoch. */
  readonly failed_at: number;
};

/** What a new {@link FailedEvent} needs; fields with a default may be left out. */
export type FailedEventFields = WithDefaults<FailedEvent, 'payload' | 'key'>;

/** A {@link FailedEvent} with its defaults filled in. */
export function newFailedEvent(fields: FailedEventFields): FailedEvent {
  return {
    reason: fields.reason,
    error_code: fields.error_code,
    payload: fields.payload ?? null,
    key: fields.key ?? null,
    source_topic: fields.source_topic,
    source_partition: fields.source_partition,
    source_offset: fields.source_offset,
    source_timestamp: fields.source_timestamp,
    failed_at: fields.failed_at,
  };
}

/** The Avro schema of {@link AttachmentRow}. */
export const attachmentRowSchema: AvroSchema<AttachmentRow> = {
  type: 'record',
  name: 'AttachmentRow',
  namespace: 'xact',
  doc: 'Row of xact_attachments, the inventory of files in the lake; merge keys trace_id and attachment_id.',
  fields: [
    { name: 'trace_id', type: 'string', doc: 'The event that the attachment came with.' },
    {
      name: 'attachment_id',
      type: 'string',
      doc: 'Tells the attachments of an event apart: a hash of the link without its signature.',
    },
    { name: 'attachment_url', type: 'string', doc: 'The link without its query: no signature.' },
    {
      name: 'blob_path',
      type: 'string',
      doc: 'Path of the file below the domain\'s folder in the lake.',
    },
    {
      name: 'file_type',
      type: ['null', 'string'],
      default: null,
      doc: 'Extension without the dot, lower case.',
    },
    {
      name: 'file_name',
      type: ['null', 'string'],
      default: null,
      doc: 'The file\'s name, from its link.',
    },
    { name: 'event_type', type: ['null', 'string'], default: null, doc: 'The event\'s type.' },
    { name: 'event_subtype', type: ['null', 'string'], default: null, doc: 'The event\'s subtype.' },
    {
      name: 'assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The assignment that the event belongs to.',
    },
    { name: 'content_type', type: ['null', 'string'], default: null, doc: 'As the file host said.' },
    { name: 'bytes', type: ['null', 'long'], default: null, doc: 'The file\'s size.' },
    { name: 'sha256', type: ['null', 'string'], default: null, doc: 'Of the content, in hex.' },
    {
      name: 'status',
      type: 'string',
      doc: '`completed` or `failed`; null between upload and result.',
    },
    { name: 'error_category', type: ['null', 'string'], default: null, doc: 'Why it failed.' },
    { name: 'error', type: ['null', 'string'], default: null, doc: 'Why it failed, for people.' },
    {
      name: 'retry_count',
      type: 'int',
      default: 0,
      doc: 'Tries the download took, the first one not counted.',
    },
    {
      name: 'original_timestamp',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the event happened.',
    },
    {
      name: 'created_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the row was first written.',
    },
    {
      name: 'updated_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When this version of the row was made.',
    },
  ],
};

/** The Avro schema of {@link CachedDownload}. */
export const cachedDownloadSchema: AvroSchema<CachedDownload> = {
  type: 'record',
  name: 'CachedDownload',
  namespace: 'xact',
  doc: 'A file in the local cache, waiting for its upload; xact.downloads.cached.',
  fields: [
    { name: 'trace_id', type: 'string', doc: 'The event that the attachment came with.' },
    {
      name: 'attachment_id',
      type: 'string',
      doc: 'Tells the attachments of an event apart: a hash of the link without its signature.',
    },
    { name: 'attachment_url', type: 'string', doc: 'The link without its query: no signature.' },
    {
      name: 'blob_path',
      type: 'string',
      doc: 'Path of the file below the domain\'s folder in the lake.',
    },
    {
      name: 'file_type',
      type: 'string',
      default: '',
      doc: 'Extension without the dot, lower case.',
    },
    { name: 'file_name', type: 'string', default: '', doc: 'The file\'s name, from its link.' },
    { name: 'event_type', type: 'string', default: '', doc: 'The event\'s type.' },
    { name: 'event_subtype', type: 'string', default: '', doc: 'The event\'s subtype.' },
    {
      name: 'assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The assignment that the event belongs to.',
    },
    {
      name: 'retry_count',
      type: 'int',
      default: 0,
      doc: 'Tries so far, the first one not counted.',
    },
    {
      name: 'original_timestamp',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the event happened; kept over retries.',
    },
    {
      name: 'metadata',
      type: { type: 'map', values: 'string' },
      default: {},
      doc: 'For what else is to be said: after a failed try `error` and `error_category`.',
    },
    { name: 'cache_path', type: 'string', doc: 'The file on the downloader\'s disk.' },
    { name: 'bytes', type: 'long', doc: 'The file\'s size.' },
    { name: 'content_type', type: ['null', 'string'], default: null, doc: 'As the file host said.' },
    { name: 'sha256', type: ['null', 'string'], default: null, doc: 'Of the content, in hex.' },
    {
      name: 'downloaded_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the download was complete.',
    },
  ],
};

/** The Avro schema of {@link DownloadResult}. */
export const downloadResultSchema: AvroSchema<DownloadResult> = {
  type: 'record',
  name: 'DownloadResult',
  namespace: 'xact',
  doc: 'How the way of one attachment ended; xact.downloads.results.',
  fields: [
    { name: 'trace_id', type: 'string', doc: 'The event that the attachment came with.' },
    {
      name: 'attachment_id',
      type: 'string',
      doc: 'Tells the attachments of an event apart: a hash of the link without its signature.',
    },
    { name: 'attachment_url', type: 'string', doc: 'The link without its query: no signature.' },
    {
      name: 'blob_path',
      type: 'string',
      doc: 'Path of the file below the domain\'s folder in the lake.',
    },
    {
      name: 'file_type',
      type: 'string',
      default: '',
      doc: 'Extension without the dot, lower case.',
    },
    { name: 'file_name', type: 'string', default: '', doc: 'The file\'s name, from its link.' },
    { name: 'event_type', type: 'string', default: '', doc: 'The event\'s type.' },
    { name: 'event_subtype', type: 'string', default: '', doc: 'The event\'s subtype.' },
    {
      name: 'assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The assignment that the event belongs to.',
    },
    {
      name: 'retry_count',
      type: 'int',
      default: 0,
      doc: 'Tries so far, the first one not counted.',
    },
    {
      name: 'original_timestamp',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the event happened; kept over retries.',
    },
    {
      name: 'metadata',
      type: { type: 'map', values: 'string' },
      default: {},
      doc: 'For what else is to be said: after a failed try `error` and `error_category`.',
    },
    {
      name: 'status',
      type: {
        type: 'enum',
        name: 'DownloadStatus',
        doc: '`success`: the file is in the lake; `failed_transient`: every try failed; `failed_permanent`: no try can succeed.',
        symbols: ['success', 'failed_transient', 'failed_permanent'],
      },
      doc: 'How it ended.',
    },
    { name: 'bytes', type: 'long', default: 0, doc: 'The file\'s size; 0 where there is none.' },
    { name: 'content_type', type: ['null', 'string'], default: null, doc: 'As the file host said.' },
    { name: 'sha256', type: ['null', 'string'], default: null, doc: 'Of the content, in hex.' },
    {
      name: 'http_status',
      type: ['null', 'int'],
      default: null,
      doc: 'The file host\'s last answer, where the download failed with one.',
    },
    {
      name: 'error_category',
      type: [
        'null',
        {
          type: 'enum',
          name: 'ErrorCategory',
          namespace: 'xact',
          doc: '`transient`: may succeed later; `permanent`: will not; `auth`: the credentials were refused; `circuit_open`: not tried, the service was known to be down; `exhausted`: transient, and no try is left; `unknown`: none of these.',
          symbols: ['transient', 'permanent', 'auth', 'circuit_open', 'exhausted', 'unknown'],
        },
      ],
      default: null,
      doc: 'Why it failed.',
    },
    {
      name: 'error',
      type: ['null', 'string'],
      default: null,
      doc: 'The last error, for people, without credentials or signed URLs.',
    },
    {
      name: 'finished_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When it ended.',
    },
  ],
};

/** The Avro schema of {@link DownloadTask}. */
export const downloadTaskSchema: AvroSchema<DownloadTask> = {
  type: 'record',
  name: 'DownloadTask',
  namespace: 'xact',
  doc: 'Asks for the download of one attachment; xact.downloads.pending and its retry topics.',
  fields: [
    { name: 'trace_id', type: 'string', doc: 'The event that the attachment came with.' },
    {
      name: 'attachment_id',
      type: 'string',
      doc: 'Tells the attachments of an event apart: a hash of the link without its signature.',
    },
    {
      name: 'attachment_url',
      type: 'string',
      doc: 'Presigned URL. A secret until it expires: never logged as it is.',
    },
    {
      name: 'blob_path',
      type: 'string',
      doc: 'Path of the file below the domain\'s folder in the lake.',
    },
    {
      name: 'file_type',
      type: 'string',
      default: '',
      doc: 'Extension without the dot, lower case.',
    },
    { name: 'file_name', type: 'string', default: '', doc: 'The file\'s name, from its link.' },
    { name: 'event_type', type: 'string', default: '', doc: 'The event\'s type.' },
    { name: 'event_subtype', type: 'string', default: '', doc: 'The event\'s subtype.' },
    {
      name: 'assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The assignment that the event belongs to.',
    },
    {
      name: 'retry_count',
      type: 'int',
      default: 0,
      doc: 'Tries so far, the first one not counted.',
    },
    {
      name: 'original_timestamp',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the event happened; kept over retries.',
    },
    {
      name: 'metadata',
      type: { type: 'map', values: 'string' },
      default: {},
      doc: 'For what else is to be said: after a failed try `error` and `error_category`.',
    },
  ],
};

/** The Avro schema of {@link Event}. */
export const eventSchema: AvroSchema<Event> = {
  type: 'record',
  name: 'Event',
  namespace: 'xact',
  doc: 'An event of xact, as it arrives on xact.events.raw.',
  fields: [
    { name: 'trace_id', type: 'string', doc: 'Unique for each event; the key for deduplication.' },
    {
      name: 'event_type',
      type: 'string',
      doc: 'Such as verisk.claims.property.xn.documentsReceived. A string: a type unknown here survives.',
    },
    {
      name: 'event_subtype',
      type: ['null', 'string'],
      default: null,
      doc: 'Where the source gives none: the last part of the type.',
    },
    {
      name: 'timestamp',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When it happened, by the source\'s clock.',
    },
    { name: 'source_system', type: 'string', default: 'xact', doc: 'Where it comes from.' },
    {
      name: 'attachments',
      type: { type: 'array', items: 'string' },
      default: [],
      doc: 'A link to each attached file. Presigned: secrets until they expire, never logged as they are.',
    },
    {
      name: 'payload',
      type: ['null', { type: 'string', logicalType: 'json' }],
      default: null,
      doc: 'The payload as it came, as JSON text.',
    },
  ],
};

/** The Avro schema of {@link EventRow}. */
export const eventRowSchema: AvroSchema<EventRow> = {
  type: 'record',
  name: 'EventRow',
  namespace: 'xact',
  doc: 'Row of xact_events, an event with its payload flattened; merge keys event_date and trace_id, partitioned by event_date.',
  fields: [
    {
      name: 'event_date',
      type: { type: 'int', logicalType: 'date' },
      doc: 'The UTC day of `timestamp`; the partition.',
    },
    { name: 'trace_id', type: 'string', doc: 'Unique for each event; the key for deduplication.' },
    {
      name: 'event_type',
      type: 'string',
      doc: 'Such as verisk.claims.property.xn.documentsReceived. A string: a type unknown here survives.',
    },
    {
      name: 'event_subtype',
      type: 'string',
      doc: 'As the source says, else the last part of the type.',
    },
    {
      name: 'timestamp',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When it happened, by the source\'s clock.',
    },
    { name: 'source_system', type: 'string', doc: 'Where it comes from.' },
    {
      name: 'assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: '`assignmentId` of the payload.',
    },
    {
      name: 'original_assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: '`originalAssignmentId` of the payload.',
    },
    {
      name: 'claim_number',
      type: ['null', 'string'],
      default: null,
      doc: '`claimNumber` of the payload.',
    },
    { name: 'carrier', type: ['null', 'string'], default: null, doc: '`carrier` of the payload.' },
    {
      name: 'estimate_version',
      type: ['null', 'string'],
      default: null,
      doc: '`estimateVersion` of the payload.',
    },
    {
      name: 'description',
      type: ['null', 'string'],
      default: null,
      doc: '`description` of the payload.',
    },
    { name: 'note', type: ['null', 'string'], default: null, doc: '`note` of the payload.' },
    { name: 'author', type: ['null', 'string'], default: null, doc: '`author` of the payload.' },
    {
      name: 'sender_reviewer_name',
      type: ['null', 'string'],
      default: null,
      doc: '`senderReviewerName` of the payload.',
    },
    {
      name: 'sender_reviewer_email',
      type: ['null', 'string'],
      default: null,
      doc: '`senderReviewerEmail` of the payload.',
    },
    {
      name: 'carrier_reviewer_name',
      type: ['null', 'string'],
      default: null,
      doc: '`carrierReviewerName` of the payload.',
    },
    {
      name: 'carrier_reviewer_email',
      type: ['null', 'string'],
      default: null,
      doc: '`carrierReviewerEmail` of the payload.',
    },
    {
      name: 'contact_type',
      type: ['null', 'string'],
      default: null,
      doc: '`contact.type` of the payload.',
    },
    {
      name: 'contact_name',
      type: ['null', 'string'],
      default: null,
      doc: '`contact.name` of the payload.',
    },
    {
      name: 'attachments',
      type: { type: 'array', items: 'string' },
      default: [],
      doc: 'The links to the attached files, without their queries: no signatures.',
    },
    {
      name: 'attachment_count',
      type: 'int',
      default: 0,
      doc: 'Attached files; a link that is there twice counts once.',
    },
    {
      name: 'payload',
      type: ['null', { type: 'string', logicalType: 'json' }],
      default: null,
      doc: 'The payload as it came, as JSON text.',
    },
    {
      name: 'created_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the ingester took the event in.',
    },
  ],
};

/** The Avro schema of {@link FailedDownload}. */
export const failedDownloadSchema: AvroSchema<FailedDownload> = {
  type: 'record',
  name: 'FailedDownload',
  namespace: 'xact',
  doc: 'A download that failed for good; xact.downloads.dlq.',
  fields: [
    { name: 'trace_id', type: 'string', doc: 'The event that the attachment came with.' },
    {
      name: 'attachment_id',
      type: 'string',
      doc: 'Tells the attachments of an event apart: a hash of the link without its signature.',
    },
    {
      name: 'task',
      type: {
        type: 'record',
        name: 'DownloadTask',
        namespace: 'xact',
        doc: 'Asks for the download of one attachment; xact.downloads.pending and its retry topics.',
        fields: [
          { name: 'trace_id', type: 'string', doc: 'The event that the attachment came with.' },
          {
            name: 'attachment_id',
            type: 'string',
            doc: 'Tells the attachments of an event apart: a hash of the link without its signature.',
          },
          {
            name: 'attachment_url',
            type: 'string',
            doc: 'Presigned URL. A secret until it expires: never logged as it is.',
          },
          {
            name: 'blob_path',
            type: 'string',
            doc: 'Path of the file below the domain\'s folder in the lake.',
          },
          {
            name: 'file_type',
            type: 'string',
            default: '',
            doc: 'Extension without the dot, lower case.',
          },
          {
            name: 'file_name',
            type: 'string',
            default: '',
            doc: 'The file\'s name, from its link.',
          },
          { name: 'event_type', type: 'string', default: '', doc: 'The event\'s type.' },
          { name: 'event_subtype', type: 'string', default: '', doc: 'The event\'s subtype.' },
          {
            name: 'assignment_id',
            type: ['null', 'string'],
            default: null,
            doc: 'The assignment that the event belongs to.',
          },
          {
            name: 'retry_count',
            type: 'int',
            default: 0,
            doc: 'Tries so far, the first one not counted.',
          },
          {
            name: 'original_timestamp',
            type: { type: 'long', logicalType: 'timestamp-millis' },
            doc: 'When the event happened; kept over retries.',
          },
          {
            name: 'metadata',
            type: { type: 'map', values: 'string' },
            default: {},
            doc: 'For what else is to be said: after a failed try `error` and `error_category`.',
          },
        ],
      },
      doc: 'The task as it was last tried: a replay sends it again with retry_count 0.',
    },
    {
      name: 'error_category',
      type: {
        type: 'enum',
        name: 'ErrorCategory',
        namespace: 'xact',
        doc: '`transient`: may succeed later; `permanent`: will not; `auth`: the credentials were refused; `circuit_open`: not tried, the service was known to be down; `exhausted`: transient, and no try is left; `unknown`: none of these.',
        symbols: ['transient', 'permanent', 'auth', 'circuit_open', 'exhausted', 'unknown'],
      },
      doc: 'Why no further try is made.',
    },
    {
      name: 'error',
      type: 'string',
      doc: 'The last error, for people, without credentials or signed URLs, cut to 2,000 characters.',
    },
    {
      name: 'http_status',
      type: ['null', 'int'],
      default: null,
      doc: 'The file host\'s last answer, where there was one.',
    },
    { name: 'attempts', type: 'int', doc: 'Tries in all.' },
    {
      name: 'failed_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When it was given up.',
    },
  ],
};

/** The Avro schema of {@link FailedEvent}. */
export const failedEventSchema: AvroSchema<FailedEvent> = {
  type: 'record',
  name: 'FailedEvent',
  namespace: 'xact',
  doc: 'A record of xact.events.raw that could not be read or lacks what an event needs: the record as it was, and why.',
  fields: [
    {
      name: 'reason',
      type: 'string',
      doc: 'What is wrong, for people. Names fields, never values.',
    },
    { name: 'error_code', type: 'string', doc: 'The code of the error, such as DESERIALIZATION.' },
    {
      name: 'payload',
      type: ['null', 'bytes'],
      default: null,
      doc: 'The record\'s value, byte for byte.',
    },
    {
      name: 'key',
      type: ['null', 'bytes'],
      default: null,
      doc: 'The record\'s key, byte for byte.',
    },
    { name: 'source_topic', type: 'string', doc: 'Where the record was read.' },
    { name: 'source_partition', type: 'int', doc: 'Where the record was read.' },
    { name: 'source_offset', type: 'long', doc: 'Where the record was read.' },
    {
      name: 'source_timestamp',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'The record\'s timestamp.',
    },
    {
      name: 'failed_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When it was refused.',
    },
  ],
};

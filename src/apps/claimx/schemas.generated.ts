// Written by scripts/generate-types.mjs from schemas/claimx. Change the .avsc files and run `npm run generate`.

import type { AvroSchema } from '../../serdes/avro-schema.ts';

/** `T`, where the fields `K` may be left out. */
type WithDefaults<T, K extends keyof T> = Omit<T, K> & { readonly [F in K]?: T[F] | undefined };

/** Row of claimx_attachments, the inventory of files in the lake; merge key media_id. */
export type AttachmentRow = {
  /** The media item. */
  readonly media_id: string;
  /** The project. */
  readonly project_id: string;
  /** Path of the file below the domain's folder in the lake. */
  readonly blob_path: string;
  /** Extension without the dot, lower case. */
  readonly file_type: string | null;
  /** Name in ClaimX. */
  readonly file_name: string | null;
  /** As the file host said. */
  readonly content_type: string | null;
  /** The file's size. */
  readonly bytes: number | null;
  /** Of the content, in hex. */
  readonly sha256: string | null;
  /** `uploaded` when the file is in the lake, then the result's `completed` or `failed`. */
  readonly status: string;
  /** Why it failed, for people. */
  readonly error: string | null;
  /** The event this version of the row comes from. */
  readonly event_id: string;
  /** When the row was first written. In ms since the epoch. */
  readonly created_at: number;
  /** When this version of the row was made. In ms since the epoch. */
  readonly updated_at: number;
};

/** What a new {@link AttachmentRow} needs; fields with a default may be left out. */
export type AttachmentRowFields = WithDefaults<AttachmentRow, 'file_type' | 'file_name' | 'content_type' | 'bytes' | 'sha256' | 'error'>;

/** A {@link AttachmentRow} with its defaults filled in. */
export function newAttachmentRow(fields: AttachmentRowFields): AttachmentRow {
  return {
    media_id: fields.media_id,
    project_id: fields.project_id,
    blob_path: fields.blob_path,
    file_type: fields.file_type ?? null,
    file_name: fields.file_name ?? null,
    content_type: fields.content_type ?? null,
    bytes: fields.bytes ?? null,
    sha256: fields.sha256 ?? null,
    status: fields.status,
    error: fields.error ?? null,
    event_id: fields.event_id,
    created_at: fields.created_at,
    updated_at: fields.updated_at,
  };
}

/** A file in the local cache, waiting for its upload; claimx.downloads.cached. */
export type CachedDownload = {
  /** The media item. */
  readonly media_id: string;
  /** Its project. */
  readonly project_id: string;
  /** Path of the file below the domain's folder in the lake. */
  readonly blob_path: string;
  /** Extension without the dot, lower case. */
  readonly file_type: string;
  /** The file's name in ClaimX. */
  readonly file_name: string;
  /** The event that led to this file. */
  readonly source_event_id: string;
  /** The file on the downloader's disk. */
  readonly cache_path: string;
  /** The file's size. */
  readonly bytes: number;
  /** As the file host said. */
  readonly content_type: string | null;
  /** Of the content, in hex. */
  readonly sha256: string | null;
  /** Tries the download took, the first one not counted. */
  readonly retry_count: number;
  /** When the download was complete. In ms since the epoch. */
  readonly downloaded_at: number;
};

/** What a new {@link CachedDownload} needs; fields with a default may be left out. */
export type CachedDownloadFields = WithDefaults<CachedDownload, 'file_type' | 'file_name' | 'source_event_id' | 'content_type' | 'sha256' | 'retry_count'>;

/** A {@link CachedDownload} with its defaults filled in. */
export function newCachedDownload(fields: CachedDownloadFields): CachedDownload {
  return {
    media_id: fields.media_id,
    project_id: fields.project_id,
    blob_path: fields.blob_path,
    file_type: fields.file_type ?? '',
    file_name: fields.file_name ?? '',
    source_event_id: fields.source_event_id ?? '',
    cache_path: fields.cache_path,
    bytes: fields.bytes,
    content_type: fields.content_type ?? null,
    sha256: fields.sha256 ?? null,
    retry_count: fields.retry_count ?? 0,
    downloaded_at: fields.downloaded_at,
  };
}

/** Row of claimx_contacts; merge key contact_id, project_id. */
export type ContactRow = {
  /** The contact. */
  readonly contact_id: string;
  /** The project. */
  readonly project_id: string;
  /** Such as POLICYHOLDER. */
  readonly contact_type: string | null;
  /** Given name. */
  readonly first_name: string | null;
  /** Family name. */
  readonly last_name: string | null;
  /** Address of the invitation. */
  readonly email: string | null;
  /** With country code. */
  readonly phone_number: string | null;
  /** The project's main contact. */
  readonly is_primary: boolean;
  /** INVITED, then JOINED. A later invitation does not take JOINED back. */
  readonly invite_status: string | null;
  /** The first invitation. In ms since the epoch. */
  readonly invited_at: number | null;
  /** When the contact joined. In ms since the epoch. */
  readonly joined_at: number | null;
  /** The event this version of the row comes from. */
  readonly event_id: string;
  /** When the row was first written. In ms since the epoch. */
  readonly created_at: number;
  /** When this version of the row was made. In ms since the epoch. */
  readonly updated_at: number;
};

/** What a new {@link ContactRow} needs; fields with a default may be left out. */
export type ContactRowFields = WithDefaults<ContactRow, 'contact_type' | 'first_name' | 'last_name' | 'email' | 'phone_number' | 'is_primary' | 'invite_status' | 'invited_at' | 'joined_at'>;

/** A {@link ContactRow} with its defaults filled in. */
export function newContactRow(fields: ContactRowFields): ContactRow {
  return {
    contact_id: fields.contact_id,
    project_id: fields.project_id,
    contact_type: fields.contact_type ?? null,
    first_name: fields.first_name ?? null,
    last_name: fields.last_name ?? null,
    email: fields.email ?? null,
    phone_number: fields.phone_number ?? null,
    is_primary: fields.is_primary ?? false,
    invite_status: fields.invite_status ?? null,
    invited_at: fields.invited_at ?? null,
    joined_at: fields.joined_at ?? null,
    event_id: fields.event_id,
    created_at: fields.created_at,
    updated_at: fields.updated_at,
  };
}

/** Asks for the download of one media item; claimx.downloads.pending and its retry topics. */
export type DownloadTask = {
  /** The media item. */
  readonly media_id: string;
  /** Its project. */
  readonly project_id: string;
  /** Presigned URL. A secret until it expires: never logged as it is. */
  readonly download_url: string;
  /** Path of the file below the domain's folder in the lake. */
  readonly blob_path: string;
  /** Extension without the dot, lower case. */
  readonly file_type: string;
  /** The file's name in ClaimX. */
  readonly file_name: string;
  /** The event that led to this file. */
  readonly source_event_id: string;
  /** Tries so far, the first one not counted. */
  readonly retry_count: number;
  /** When the URL expires, where the API says so. In ms since the epoch. */
  readonly expires_at: number | null;
  /** Whether the URL was asked for again after it had expired. */
  readonly url_refresh_attempted: boolean;
  /** When the task was made; kept over retries. In ms since the epoch. */
  readonly created_at: number;
};

/** What a new {@link DownloadTask} needs; fields with a default may be left out. */
export type DownloadTaskFields = WithDefaults<DownloadTask, 'file_type' | 'file_name' | 'source_event_id' | 'retry_count' | 'expires_at' | 'url_refresh_attempted'>;

/** A {@link DownloadTask} with its defaults filled in. */
export function newDownloadTask(fields: DownloadTaskFields): DownloadTask {
  return {
    media_id: fields.media_id,
    project_id: fields.project_id,
    download_url: fields.download_url,
    blob_path: fields.blob_path,
    file_type: fields.file_type ?? '',
    file_name: fields.file_name ?? '',
    source_event_id: fields.source_event_id ?? '',
    retry_count: fields.retry_count ?? 0,
    expires_at: fields.expires_at ?? null,
    url_refresh_attempted: fields.url_refresh_attempted ?? false,
    created_at: fields.created_at,
  };
}

/** What one call of a handler gave for the events of one project: rows by table, downloads, and the log of its events. */
export type EnrichmentResult = {
  /** The project. */
  readonly project_id: string;
  /** For claimx_projects; committed before all others. */
  readonly projects: readonly ProjectRow[];
  /** For claimx_contacts. */
  readonly contacts: readonly ContactRow[];
  /** For claimx_attachment_metadata. */
  readonly media: readonly MediaMetadataRow[];
  /** For claimx_tasks. */
  readonly tasks: readonly TaskRow[];
  /** For claimx_task_templates. */
  readonly task_templates: readonly TaskTemplateRow[];
  /** For claimx_external_links. */
  readonly external_links: readonly ExternalLinkRow[];
  /** For claimx_video_collab. */
  readonly video_collab: readonly VideoCollabRow[];
  /** For claimx.downloads.pending. */
  readonly downloads: readonly DownloadTask[];
  /** For claimx_event_log. */
  readonly event_log: readonly EventLogRow[];
};

/** What a new {@link EnrichmentResult} needs; fields with a default may be left out. */
export type EnrichmentResultFields = WithDefaults<EnrichmentResult, 'projects' | 'contacts' | 'media' | 'tasks' | 'task_templates' | 'external_links' | 'video_collab' | 'downloads' | 'event_log'>;

/** A {@link EnrichmentResult} with its defaults filled in. */
export function newEnrichmentResult(fields: EnrichmentResultFields): EnrichmentResult {
  return {
    project_id: fields.project_id,
    projects: fields.projects ?? [],
    contacts: fields.contacts ?? [],
    media: fields.media ?? [],
    tasks: fields.tasks ?? [],
    task_templates: fields.task_templates ?? [],
    external_links: fields.external_links ?? [],
    video_collab: fields.video_collab ?? [],
    downloads: fields.downloads ?? [],
    event_log: fields.event_log ?? [],
  };
}

/** Asks for the enrichment of one event through the ClaimX API; claimx.enrichment.pending and its retry topics. */
export type EnrichmentTask = {
  /** Unique for each event; the key for deduplication. */
  readonly event_id: string;
  /** One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives. */
  readonly event_type: string;
  /** The project the event belongs to. */
  readonly project_id: string;
  /** Tries so far, the first one not counted. */
  readonly retry_count: number;
  /** When the task was made; kept over retries. In ms since the epoch. */
  readonly created_at: number;
  /** When the source took the event in. In ms since the epoch. */
  readonly ingested_at: number | null;
  /** The media item the event is about. */
  readonly media_id: string | null;
  /** The custom task's assignment the event is about. */
  readonly task_assignment_id: string | null;
  /** The video collaboration the event is about. */
  readonly video_collaboration_id: string | null;
  /** The project's master file name (MFN). */
  readonly master_file_name: string | null;
  /** The payload as it came, as JSON text: handlers read what is theirs (the contact of an invitation, for instance). */
  readonly raw_data: string | null;
};

/** What a new {@link EnrichmentTask} needs; fields with a default may be left out. */
export type EnrichmentTaskFields = WithDefaults<EnrichmentTask, 'retry_count' | 'ingested_at' | 'media_id' | 'task_assignment_id' | 'video_collaboration_id' | 'master_file_name' | 'raw_data'>;

/** A {@link EnrichmentTask} with its defaults filled in. */
export function newEnrichmentTask(fields: EnrichmentTaskFields): EnrichmentTask {
  return {
    event_id: fields.event_id,
    event_type: fields.event_type,
    project_id: fields.project_id,
    retry_count: fields.retry_count ?? 0,
    created_at: fields.created_at,
    ingested_at: fields.ingested_at ?? null,
    media_id: fields.media_id ?? null,
    task_assignment_id: fields.task_assignment_id ?? null,
    video_collaboration_id: fields.video_collaboration_id ?? null,
    master_file_name: fields.master_file_name ?? null,
    raw_data: fields.raw_data ?? null,
  };
}

/** `transient`: may succeed later; `permanent`: will not; `auth`: the credentials were refused; `circuit_open`: not tried, the API was known to be down; `exhausted`: transient, and no try is left; `unknown`: none of these. */
export type ErrorCategory = 'transient' | 'permanent' | 'auth' | 'circuit_open' | 'exhausted' | 'unknown';

/** An event of ClaimX, as it arrives on claimx.events.raw. */
export type Event = {
  /** Unique for each event; the key for deduplication. */
  readonly event_id: string;
  /** One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives. */
  readonly event_type: string;
  /** The project the event belongs to. */
  readonly project_id: string;
  /** When the source took the event in. In ms since the epoch. */
  readonly ingested_at: number;
  /** The media item the event is about. */
  readonly media_id: string | null;
  /** The custom task's assignment the event is about. */
  readonly task_assignment_id: string | null;
  /** The video collaboration the event is about. */
  readonly video_collaboration_id: string | null;
  /** The project's master file name (MFN). */
  readonly master_file_name: string | null;
  /** The payload as it came, as JSON text: handlers read what is theirs (the contact of an invitation, for instance). */
  readonly raw_data: string | null;
};

/** What a new {@link Event} needs; fields with a default may be left out. */
export type EventFields = WithDefaults<Event, 'media_id' | 'task_assignment_id' | 'video_collaboration_id' | 'master_file_name' | 'raw_data'>;

/** A {@link Event} with its defaults filled in. */
export function newEvent(fields: EventFields): Event {
  return {
    event_id: fields.event_id,
    event_type: fields.event_type,
    project_id: fields.project_id,
    ingested_at: fields.ingested_at,
    media_id: fields.media_id ?? null,
    task_assignment_id: fields.task_assignment_id ?? null,
    video_collaboration_id: fields.video_collaboration_id ?? null,
    master_file_name: fields.master_file_name ?? null,
    raw_data: fields.raw_data ?? null,
  };
}

/** Row of claimx_event_log; merge key event_id: how the processing of an event ended. */
export type EventLogRow = {
  /** Unique for each event; the key for deduplication. */
  readonly event_id: string;
  /** One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives. */
  readonly event_type: string;
  /** The project the event belongs to. */
  readonly project_id: string;
  /** How it ended. */
  readonly status: ProcessingStatus;
  /** Why it failed, for people. */
  readonly error: string | null;
  /** Tries, the first one not counted. */
  readonly retry_count: number;
  /** Rows that the event led to. */
  readonly entity_rows: number;
  /** Downloads that the event led to. */
  readonly download_tasks: number;
  /** When it ended. In ms since the epoch. */
  readonly processed_at: number;
};

/** What a new {@link EventLogRow} needs; fields with a default may be left out. */
export type EventLogRowFields = WithDefaults<EventLogRow, 'error' | 'retry_count' | 'entity_rows' | 'download_tasks'>;

/** A {@link EventLogRow} with its defaults filled in. */
export function newEventLogRow(fields: EventLogRowFields): EventLogRow {
  return {
    event_id: fields.event_id,
    event_type: fields.event_type,
    project_id: fields.project_id,
    status: fields.status,
    error: fields.error ?? null,
    retry_count: fields.retry_count ?? 0,
    entity_rows: fields.entity_rows ?? 0,
    download_tasks: fields.download_tasks ?? 0,
    processed_at: fields.processed_at,
  };
}

/** Row of claimx_events; merge key event_id, one row for each event. */
export type EventRow = {
  /** Unique for each event; the key for deduplication. */
  readonly event_id: string;
  /** One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives. */
  readonly event_type: string;
  /** The project the event belongs to. */
  readonly project_id: string;
  /** When the source took the event in. In ms since the epoch. */
  readonly ingested_at: number;
  /** The media item the event is about. */
  readonly media_id: string | null;
  /** The custom task's assignment the event is about. */
  readonly task_assignment_id: string | null;
  /** The video collaboration the event is about. */
  readonly video_collaboration_id: string | null;
  /** The project's master file name (MFN). */
  readonly master_file_name: string | null;
  /** The payload as it came, as JSON text: handlers read what is theirs (the contact of an invitation, for instance). */
  readonly raw_data: string | null;
  /** When the ingester took the event in. In ms since the epoch. */
  readonly created_at: number;
};

/** What a new {@link EventRow} needs; fields with a default may be left out. */
export type EventRowFields = WithDefaults<EventRow, 'media_id' | 'task_assignment_id' | 'video_collaboration_id' | 'master_file_name' | 'raw_data'>;

/** A {@link EventRow} with its defaults filled in. */
export function newEventRow(fields: EventRowFields): EventRow {
  return {
    event_id: fields.event_id,
    event_type: fields.event_type,
    project_id: fields.project_id,
    ingested_at: fields.ingested_at,
    media_id: fields.media_id ?? null,
    task_assignment_id: fields.task_assignment_id ?? null,
    video_collaboration_id: fields.video_collaboration_id ?? null,
    master_file_name: fields.master_file_name ?? null,
    raw_data: fields.raw_data ?? null,
    created_at: fields.created_at,
  };
}

/** Row of claimx_external_links; merge key link_id. */
export type ExternalLinkRow = {
  /** The link. */
  readonly link_id: string;
  /** The project. */
  readonly project_id: string;
  /** The task it opens. */
  readonly task_assignment_id: string | null;
  /** Where it leads. */
  readonly url: string | null;
  /** Its text. */
  readonly description: string | null;
  /** For whom it was made. */
  readonly contact_id: string | null;
  /** Until when it works. In ms since the epoch. */
  readonly expires_at: number | null;
  /** The event this version of the row comes from. */
  readonly event_id: string;
  /** When the row was first written. In ms since the epoch. */
  readonly created_at: number;
  /** When this version of the row was made. In ms since the epoch. */
  readonly updated_at: number;
};

/** What a new {@link ExternalLinkRow} needs; fields with a default may be left out. */
export type ExternalLinkRowFields = WithDefaults<ExternalLinkRow, 'task_assignment_id' | 'url' | 'description' | 'contact_id' | 'expires_at'>;

/** A {@link ExternalLinkRow} with its defaults filled in. */
export function newExternalLinkRow(fields: ExternalLinkRowFields): ExternalLinkRow {
  return {
    link_id: fields.link_id,
    project_id: fields.project_id,
    task_assignment_id: fields.task_assignment_id ?? null,
    url: fields.url ?? null,
    description: fields.description ?? null,
    contact_id: fields.contact_id ?? null,
    expires_at: fields.expires_at ?? null,
    event_id: fields.event_id,
    created_at: fields.created_at,
    updated_at: fields.updated_at,
  };
}

/** A download that failed for good; claimx.downloads.dlq. */
export type FailedDownload = {
  /** The media item. */
  readonly media_id: string;
  /** Its project. */
  readonly project_id: string;
  /** The task as it was last tried: a replay sends it again with retry_count 0. */
  readonly task: DownloadTask;
  /** Why no further try is made. */
  readonly error_category: ErrorCategory;
  /** The last error, for people, without credentials or signed URLs. */
  readonly error: string;
  /** The file host's last answer, where there was one. */
  readonly http_status: number | null;
  /** Whether the URL was asked for again after it had expired. */
  readonly url_refresh_attempted: boolean;
  /** Tries in all. */
  readonly attempts: number;
  /** When it was given up. In ms since the epoch. */
  readonly failed_at: number;
};

/** What a new {@link FailedDownload} needs; fields with a default may be left out. */
export type FailedDownloadFields = WithDefaults<FailedDownload, 'http_status' | 'url_refresh_attempted'>;

/** A {@link FailedDownload} with its defaults filled in. */
export function newFailedDownload(fields: FailedDownloadFields): FailedDownload {
  return {
    media_id: fields.media_id,
    project_id: fields.project_id,
    task: fields.task,
    error_category: fields.error_category,
    error: fields.error,
    http_status: fields.http_status ?? null,
    url_refresh_attempted: fields.url_refresh_attempted ?? false,
    attempts: fields.attempts,
    failed_at: fields.failed_at,
  };
}

/** An enrichment that failed for good; claimx.enrichment.dlq. */
export type FailedEnrichment = {
  /** Unique for each event; the key for deduplication. */
  readonly event_id: string;
  /** One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives. */
  readonly event_type: string;
  /** The project the event belongs to. */
  readonly project_id: string;
  /** The task as it was last tried: a replay sends it again with retry_count 0. */
  readonly task: EnrichmentTask;
  /** Why no further try is made. */
  readonly error_category: ErrorCategory;
  /** The last error, for people, without credentials or signed URLs. */
  readonly error: string;
  /** The API's last answer, where there was one. */
  readonly http_status: number | null;
  /** Tries in all. */
  readonly attempts: number;
  /** When it was given up. In ms since the epoch. */
  readonly failed_at: number;
};

/** What a new {@link FailedEnrichment} needs; fields with a default may be left out. */
export type FailedEnrichmentFields = WithDefaults<FailedEnrichment, 'http_status'>;

/** A {@link FailedEnrichment} with its defaults filled in. */
export function newFailedEnrichment(fields: FailedEnrichmentFields): FailedEnrichment {
  return {
    event_id: fields.event_id,
    event_type: fields.event_type,
    project_id: fields.project_id,
    task: fields.task,
    error_category: fields.error_category,
    error: fields.error,
    http_status: fields.http_status ?? null,
    attempts: fields.attempts,
    failed_at: fields.failed_at,
  };
}

/** A record of claimx.events.raw that could not be read or lacks what an event needs: the record as it was, and why. */
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

/** Row of claimx_attachment_metadata; merge key media_id. */
export type MediaMetadataRow = {
  /** The media item. */
  readonly media_id: string;
  /** The project. */
  readonly project_id: string;
  /** The task it was made for. */
  readonly task_assignment_id: string | null;
  /** Name in ClaimX. */
  readonly file_name: string | null;
  /** Extension without the dot, lower case. */
  readonly file_type: string | null;
  /** As ClaimX says. */
  readonly content_type: string | null;
  /** Size, where ClaimX says it. */
  readonly bytes: number | null;
  /** Text of the uploader. */
  readonly description: string | null;
  /** Text of the adjuster. */
  readonly comment: string | null;
  /** Where it was taken, in degrees. */
  readonly latitude: number | null;
  /** Where it was taken, in degrees. */
  readonly longitude: number | null;
  /** When it was taken. In ms since the epoch. */
  readonly taken_at: number | null;
  /** When the last presigned URL expires. The URL itself is a secret and not kept. In ms since the epoch. */
  readonly url_expires_at: number | null;
  /** The event this version of the row comes from. */
  readonly event_id: string;
  /** When the row was first written. In ms since the epoch. */
  readonly created_at: number;
  /** When this version of the row was made. In ms since the epoch. */
  readonly updated_at: number;
};

/** What a new {@link MediaMetadataRow} needs; fields with a default may be left out. */
export type MediaMetadataRowFields = WithDefaults<MediaMetadataRow, 'task_assignment_id' | 'file_name' | 'file_type' | 'content_type' | 'bytes' | 'description' | 'comment' | 'latitude' | 'longitude' | 'taken_at' | 'url_expires_at'>;

/** A {@link MediaMetadataRow} with its defaults filled in. */
export function newMediaMetadataRow(fields: MediaMetadataRowFields): MediaMetadataRow {
  return {
    media_id: fields.media_id,
    project_id: fields.project_id,
    task_assignment_id: fields.task_assignment_id ?? null,
    file_name: fields.file_name ?? null,
    file_type: fields.file_type ?? null,
    content_type: fields.content_type ?? null,
    bytes: fields.bytes ?? null,
    description: fields.description ?? null,
    comment: fields.comment ?? null,
    latitude: fields.latitude ?? null,
    longitude: fields.longitude ?? null,
    taken_at: fields.taken_at ?? null,
    url_expires_at: fields.url_expires_at ?? null,
    event_id: fields.event_id,
    created_at: fields.created_at,
    updated_at: fields.updated_at,
  };
}

/** `success`: enriched; `skipped`: nothing to do for this type; `failed`: given up, see the dead letter. */
export type ProcessingStatus = 'success' | 'skipped' | 'failed';

/** Row of claimx_projects; merge key project_id. */
export type ProjectRow = {
  /** The project. */
  readonly project_id: string;
  /** The number people use. */
  readonly project_number: string | null;
  /** MFN. */
  readonly master_file_name: string | null;
  /** Title. */
  readonly project_name: string | null;
  /** ClaimX's own word, such as OPEN. */
  readonly status: string | null;
  /** Such as WATER. */
  readonly type_of_loss: string | null;
  /** The insurer's claim. */
  readonly claim_number: string | null;
  /** The insurer's policy. */
  readonly policy_number: string | null;
  /** The insurer. */
  readonly carrier_name: string | null;
  /** When the damage happened. In ms since the epoch. */
  readonly date_of_loss: number | null;
  /** When the project was made in ClaimX. In ms since the epoch. */
  readonly project_created_at: number | null;
  /** The event this version of the row comes from. */
  readonly event_id: string;
  /** When the row was first written. In ms since the epoch. */
  readonly created_at: number;
  /** When this version of the row was made. In ms since the epoch. */
  readonly updated_at: number;
};

/** What a new {@link ProjectRow} needs; fields with a default may be left out. */
export type ProjectRowFields = WithDefaults<ProjectRow, 'project_number' | 'master_file_name' | 'project_name' | 'status' | 'type_of_loss' | 'claim_number' | 'policy_number' | 'carrier_name' | 'date_of_loss' | 'project_created_at'>;

/** A {@link ProjectRow} with its defaults filled in. */
export function newProjectRow(fields: ProjectRowFields): ProjectRow {
  return {
    project_id: fields.project_id,
    project_number: fields.project_number ?? null,
    master_file_name: fields.master_file_name ?? null,
    project_name: fields.project_name ?? null,
    status: fields.status ?? null,
    type_of_loss: fields.type_of_loss ?? null,
    claim_number: fields.claim_number ?? null,
    policy_number: fields.policy_number ?? null,
    carrier_name: fields.carrier_name ?? null,
    date_of_loss: fields.date_of_loss ?? null,
    project_created_at: fields.project_created_at ?? null,
    event_id: fields.event_id,
    created_at: fields.created_at,
    updated_at: fields.updated_at,
  };
}

/** Row of claimx_tasks; merge key task_id. */
export type TaskRow = {
  /** The task's assignment. */
  readonly task_id: string;
  /** The project. */
  readonly project_id: string;
  /** The template it was made from. */
  readonly template_id: string | null;
  /** Title. */
  readonly task_name: string | null;
  /** ASSIGNED, then COMPLETED. */
  readonly status: string | null;
  /** The contact who has to do it. */
  readonly assignee_id: string | null;
  /** When it was assigned. In ms since the epoch. */
  readonly assigned_at: number | null;
  /** Until when. In ms since the epoch. */
  readonly due_at: number | null;
  /** When it was completed. In ms since the epoch. */
  readonly completed_at: number | null;
  /** The filled form. */
  readonly form_response_id: string | null;
  /** The event this version of the row comes from. */
  readonly event_id: string;
  /** When the row was first written. In ms since the epoch. */
  readonly created_at: number;
  /** When this version of the row was made. In ms since the epoch. */
  readonly updated_at: number;
};

/** What a new {@link TaskRow} needs; fields with a default may be left out. */
export type TaskRowFields = WithDefaults<TaskRow, 'template_id' | 'task_name' | 'status' | 'assignee_id' | 'assigned_at' | 'due_at' | 'completed_at' | 'form_response_id'>;

/** A {@link TaskRow} with its defaults filled in. */
export function newTaskRow(fields: TaskRowFields): TaskRow {
  return {
    task_id: fields.task_id,
    project_id: fields.project_id,
    template_id: fields.template_id ?? null,
    task_name: fields.task_name ?? null,
    status: fields.status ?? null,
    assignee_id: fields.assignee_id ?? null,
    assigned_at: fields.assigned_at ?? null,
    due_at: fields.due_at ?? null,
    completed_at: fields.completed_at ?? null,
    form_response_id: fields.form_response_id ?? null,
    event_id: fields.event_id,
    created_at: fields.created_at,
    updated_at: fields.updated_at,
  };
}

/** Row of claimx_task_templates; merge key template_id, project_id. */
export type TaskTemplateRow = {
  /** The template. */
  readonly template_id: string;
  /** The project. */
  readonly project_id: string;
  /** Title. */
  readonly template_name: string | null;
  /** What to do. */
  readonly description: string | null;
  /** The form to fill. */
  readonly form_id: string | null;
  /** Its kind. */
  readonly form_type: string | null;
  /** Whether tasks may be made from it. */
  readonly enabled: boolean;
  /** The event this version of the row comes from. */
  readonly event_id: string;
  /** When the row was first written. In ms since the epoch. */
  readonly created_at: number;
  /** When this version of the row was made. In ms since the epoch. */
  readonly updated_at: number;
};

/** What a new {@link TaskTemplateRow} needs; fields with a default may be left out. */
export type TaskTemplateRowFields = WithDefaults<TaskTemplateRow, 'template_name' | 'description' | 'form_id' | 'form_type' | 'enabled'>;

/** A {@link TaskTemplateRow} with its defaults filled in. */
export function newTaskTemplateRow(fields: TaskTemplateRowFields): TaskTemplateRow {
  return {
    template_id: fields.template_id,
    project_id: fields.project_id,
    template_name: fields.template_name ?? null,
    description: fields.description ?? null,
    form_id: fields.form_id ?? null,
    form_type: fields.form_type ?? null,
    enabled: fields.enabled ?? true,
    event_id: fields.event_id,
    created_at: fields.created_at,
    updated_at: fields.updated_at,
  };
}

/** How the way of one media item ended; claimx.downloads.results. */
export type UploadResult = {
  /** The media item. */
  readonly media_id: string;
  /** Its project. */
  readonly project_id: string;
  /** Path of the file below the domain's folder in the lake. */
  readonly blob_path: string;
  /** Extension without the dot, lower case. */
  readonly file_type: string;
  /** The file's name in ClaimX. */
  readonly file_name: string;
  /** The event that led to this file. */
  readonly source_event_id: string;
  /** How it ended. */
  readonly status: UploadStatus;
  /** The file's size; 0 where there is none. */
  readonly bytes: number;
  /** As the file host said. */
  readonly content_type: string | null;
  /** Of the content, in hex. */
  readonly sha256: string | null;
  /** The last error, for people, without credentials or signed URLs. */
  readonly error: string | null;
  /** When it ended. In ms since the epoch. */
  readonly finished_at: number;
};

/** What a new {@link UploadResult} needs; fields with a default may be left out. */
export type UploadResultFields = WithDefaults<UploadResult, 'file_type' | 'file_name' | 'source_event_id' | 'bytes' | 'content_type' | 'sha256' | 'error'>;

/** A {@link UploadResult} with its defaults filled in. */
export function newUploadResult(fields: UploadResultFields): UploadResult {
  return {
    media_id: fields.media_id,
    project_id: fields.project_id,
    blob_path: fields.blob_path,
    file_type: fields.file_type ?? '',
    file_name: fields.file_name ?? '',
    source_event_id: fields.source_event_id ?? '',
    status: fields.status,
    bytes: fields.bytes ?? 0,
    content_type: fields.content_type ?? null,
    sha256: fields.sha256 ?? null,
    error: fields.error ?? null,
    finished_at: fields.finished_at,
  };
}

/** `success`: the file is in the lake; `failed_transient`: every try failed; `failed_permanent`: no try can succeed. */
export type UploadStatus = 'success' | 'failed_transient' | 'failed_permanent';

/** Row of claimx_video_collab; merge key collaboration_id. */
export type VideoCollabRow = {
  /** The video collaboration. */
  readonly collaboration_id: string;
  /** The project. */
  readonly project_id: string;
  /** MFN. */
  readonly master_file_name: string | null;
  /** INVITED, then COMPLETED. */
  readonly status: string | null;
  /** Who leads it. */
  readonly host_name: string | null;
  /** Calls. */
  readonly session_count: number | null;
  /** Photos taken in them. */
  readonly photo_count: number | null;
  /** Recordings made in them. */
  readonly video_count: number | null;
  /** Length of all calls. */
  readonly total_seconds: number | null;
  /** Recordings, where there are any, without signatures. */
  readonly recording_urls: readonly string[];
  /** When the invitation was sent. In ms since the epoch. */
  readonly invited_at: number | null;
  /** When it was completed. In ms since the epoch. */
  readonly completed_at: number | null;
  /** The event this version of the row comes from. */
  readonly event_id: string;
  /** When the row was first written. In ms since the epoch. */
  readonly created_at: number;
  /** When this version of the row was made. In ms since the epoch. */
  readonly updated_at: number;
};

/** What a new {@link VideoCollabRow} needs; fields with a default may be left out. */
export type VideoCollabRowFields = WithDefaults<VideoCollabRow, 'master_file_name' | 'status' | 'host_name' | 'session_count' | 'photo_count' | 'video_count' | 'total_seconds' | 'recording_urls' | 'invited_at' | 'completed_at'>;

/** A {@link VideoCollabRow} with its defaults filled in. */
export function newVideoCollabRow(fields: VideoCollabRowFields): VideoCollabRow {
  return {
    collaboration_id: fields.collaboration_id,
    project_id: fields.project_id,
    master_file_name: fields.master_file_name ?? null,
    status: fields.status ?? null,
    host_name: fields.host_name ?? null,
    session_count: fields.session_count ?? null,
    photo_count: fields.photo_count ?? null,
    video_count: fields.video_count ?? null,
    total_seconds: fields.total_seconds ?? null,
    recording_urls: fields.recording_urls ?? [],
    invited_at: fields.invited_at ?? null,
    completed_at: fields.completed_at ?? null,
    event_id: fields.event_id,
    created_at: fields.created_at,
    updated_at: fields.updated_at,
  };
}

/** The Avro schema of {@link AttachmentRow}. */
export const attachmentRowSchema: AvroSchema<AttachmentRow> = {
  type: 'record',
  name: 'AttachmentRow',
  namespace: 'claimx',
  doc: 'Row of claimx_attachments, the inventory of files in the lake; merge key media_id.',
  fields: [
    { name: 'media_id', type: 'string', doc: 'The media item.' },
    { name: 'project_id', type: 'string', doc: 'The project.' },
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
    { name: 'file_name', type: ['null', 'string'], default: null, doc: 'Name in ClaimX.' },
    { name: 'content_type', type: ['null', 'string'], default: null, doc: 'As the file host said.' },
    { name: 'bytes', type: ['null', 'long'], default: null, doc: 'The file\'s size.' },
    { name: 'sha256', type: ['null', 'string'], default: null, doc: 'Of the content, in hex.' },
    {
      name: 'status',
      type: 'string',
      doc: '`uploaded` when the file is in the lake, then the result\'s `completed` or `failed`.',
    },
    { name: 'error', type: ['null', 'string'], default: null, doc: 'Why it failed, for people.' },
    { name: 'event_id', type: 'string', doc: 'The event this version of the row comes from.' },
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
  namespace: 'claimx',
  doc: 'A file in the local cache, waiting for its upload; claimx.downloads.cached.',
  fields: [
    { name: 'media_id', type: 'string', doc: 'The media item.' },
    { name: 'project_id', type: 'string', doc: 'Its project.' },
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
    { name: 'file_name', type: 'string', default: '', doc: 'The file\'s name in ClaimX.' },
    {
      name: 'source_event_id',
      type: 'string',
      default: '',
      doc: 'The event that led to this file.',
    },
    { name: 'cache_path', type: 'string', doc: 'The file on the downloader\'s disk.' },
    { name: 'bytes', type: 'long', doc: 'The file\'s size.' },
    { name: 'content_type', type: ['null', 'string'], default: null, doc: 'As the file host said.' },
    { name: 'sha256', type: ['null', 'string'], default: null, doc: 'Of the content, in hex.' },
    {
      name: 'retry_count',
      type: 'int',
      default: 0,
      doc: 'Tries the download took, the first one not counted.',
    },
    {
      name: 'downloaded_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the download was complete.',
    },
  ],
};

/** The Avro schema of {@link ContactRow}. */
export const contactRowSchema: AvroSchema<ContactRow> = {
  type: 'record',
  name: 'ContactRow',
  namespace: 'claimx',
  doc: 'Row of claimx_contacts; merge key contact_id, project_id.',
  fields: [
    { name: 'contact_id', type: 'string', doc: 'The contact.' },
    { name: 'project_id', type: 'string', doc: 'The project.' },
    { name: 'contact_type', type: ['null', 'string'], default: null, doc: 'Such as POLICYHOLDER.' },
    { name: 'first_name', type: ['null', 'string'], default: null, doc: 'Given name.' },
    { name: 'last_name', type: ['null', 'string'], default: null, doc: 'Family name.' },
    { name: 'email', type: ['null', 'string'], default: null, doc: 'Address of the invitation.' },
    { name: 'phone_number', type: ['null', 'string'], default: null, doc: 'With country code.' },
    { name: 'is_primary', type: 'boolean', default: false, doc: 'The project\'s main contact.' },
    {
      name: 'invite_status',
      type: ['null', 'string'],
      default: null,
      doc: 'INVITED, then JOINED. A later invitation does not take JOINED back.',
    },
    {
      name: 'invited_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'The first invitation.',
    },
    {
      name: 'joined_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When the contact joined.',
    },
    { name: 'event_id', type: 'string', doc: 'The event this version of the row comes from.' },
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

/** The Avro schema of {@link DownloadTask}. */
export const downloadTaskSchema: AvroSchema<DownloadTask> = {
  type: 'record',
  name: 'DownloadTask',
  namespace: 'claimx',
  doc: 'Asks for the download of one media item; claimx.downloads.pending and its retry topics.',
  fields: [
    { name: 'media_id', type: 'string', doc: 'The media item.' },
    { name: 'project_id', type: 'string', doc: 'Its project.' },
    {
      name: 'download_url',
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
    { name: 'file_name', type: 'string', default: '', doc: 'The file\'s name in ClaimX.' },
    {
      name: 'source_event_id',
      type: 'string',
      default: '',
      doc: 'The event that led to this file.',
    },
    {
      name: 'retry_count',
      type: 'int',
      default: 0,
      doc: 'Tries so far, the first one not counted.',
    },
    {
      name: 'expires_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When the URL expires, where the API says so.',
    },
    {
      name: 'url_refresh_attempted',
      type: 'boolean',
      default: false,
      doc: 'Whether the URL was asked for again after it had expired.',
    },
    {
      name: 'created_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the task was made; kept over retries.',
    },
  ],
};

/** The Avro schema of {@link EnrichmentResult}. */
export const enrichmentResultSchema: AvroSchema<EnrichmentResult> = {
  type: 'record',
  name: 'EnrichmentResult',
  namespace: 'claimx',
  doc: 'What one call of a handler gave for the events of one project: rows by table, downloads, and the log of its events.',
  fields: [
    { name: 'project_id', type: 'string', doc: 'The project.' },
    {
      name: 'projects',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'ProjectRow',
          namespace: 'claimx',
          doc: 'Row of claimx_projects; merge key project_id.',
          fields: [
            { name: 'project_id', type: 'string', doc: 'The project.' },
            {
              name: 'project_number',
              type: ['null', 'string'],
              default: null,
              doc: 'The number people use.',
            },
            { name: 'master_file_name', type: ['null', 'string'], default: null, doc: 'MFN.' },
            { name: 'project_name', type: ['null', 'string'], default: null, doc: 'Title.' },
            {
              name: 'status',
              type: ['null', 'string'],
              default: null,
              doc: 'ClaimX\'s own word, such as OPEN.',
            },
            { name: 'type_of_loss', type: ['null', 'string'], default: null, doc: 'Such as WATER.' },
            {
              name: 'claim_number',
              type: ['null', 'string'],
              default: null,
              doc: 'The insurer\'s claim.',
            },
            {
              name: 'policy_number',
              type: ['null', 'string'],
              default: null,
              doc: 'The insurer\'s policy.',
            },
            { name: 'carrier_name', type: ['null', 'string'], default: null, doc: 'The insurer.' },
            {
              name: 'date_of_loss',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When the damage happened.',
            },
            {
              name: 'project_created_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When the project was made in ClaimX.',
            },
            {
              name: 'event_id',
              type: 'string',
              doc: 'The event this version of the row comes from.',
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
        },
      },
      default: [],
      doc: 'For claimx_projects; committed before all others.',
    },
    {
      name: 'contacts',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'ContactRow',
          namespace: 'claimx',
          doc: 'Row of claimx_contacts; merge key contact_id, project_id.',
          fields: [
            { name: 'contact_id', type: 'string', doc: 'The contact.' },
            { name: 'project_id', type: 'string', doc: 'The project.' },
            {
              name: 'contact_type',
              type: ['null', 'string'],
              default: null,
              doc: 'Such as POLICYHOLDER.',
            },
            { name: 'first_name', type: ['null', 'string'], default: null, doc: 'Given name.' },
            { name: 'last_name', type: ['null', 'string'], default: null, doc: 'Family name.' },
            {
              name: 'email',
              type: ['null', 'string'],
              default: null,
              doc: 'Address of the invitation.',
            },
            {
              name: 'phone_number',
              type: ['null', 'string'],
              default: null,
              doc: 'With country code.',
            },
            {
              name: 'is_primary',
              type: 'boolean',
              default: false,
              doc: 'The project\'s main contact.',
            },
            {
              name: 'invite_status',
              type: ['null', 'string'],
              default: null,
              doc: 'INVITED, then JOINED. A later invitation does not take JOINED back.',
            },
            {
              name: 'invited_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'The first invitation.',
            },
            {
              name: 'joined_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When the contact joined.',
            },
            {
              name: 'event_id',
              type: 'string',
              doc: 'The event this version of the row comes from.',
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
        },
      },
      default: [],
      doc: 'For claimx_contacts.',
    },
    {
      name: 'media',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'MediaMetadataRow',
          namespace: 'claimx',
          doc: 'Row of claimx_attachment_metadata; merge key media_id.',
          fields: [
            { name: 'media_id', type: 'string', doc: 'The media item.' },
            { name: 'project_id', type: 'string', doc: 'The project.' },
            {
              name: 'task_assignment_id',
              type: ['null', 'string'],
              default: null,
              doc: 'The task it was made for.',
            },
            { name: 'file_name', type: ['null', 'string'], default: null, doc: 'Name in ClaimX.' },
            {
              name: 'file_type',
              type: ['null', 'string'],
              default: null,
              doc: 'Extension without the dot, lower case.',
            },
            {
              name: 'content_type',
              type: ['null', 'string'],
              default: null,
              doc: 'As ClaimX says.',
            },
            {
              name: 'bytes',
              type: ['null', 'long'],
              default: null,
              doc: 'Size, where ClaimX says it.',
            },
            {
              name: 'description',
              type: ['null', 'string'],
              default: null,
              doc: 'Text of the uploader.',
            },
            {
              name: 'comment',
              type: ['null', 'string'],
              default: null,
              doc: 'Text of the adjuster.',
            },
            {
              name: 'latitude',
              type: ['null', 'double'],
              default: null,
              doc: 'Where it was taken, in degrees.',
            },
            {
              name: 'longitude',
              type: ['null', 'double'],
              default: null,
              doc: 'Where it was taken, in degrees.',
            },
            {
              name: 'taken_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When it was taken.',
            },
            {
              name: 'url_expires_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When the last presigned URL expires. The URL itself is a secret and not kept.',
            },
            {
              name: 'event_id',
              type: 'string',
              doc: 'The event this version of the row comes from.',
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
        },
      },
      default: [],
      doc: 'For claimx_attachment_metadata.',
    },
    {
      name: 'tasks',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'TaskRow',
          namespace: 'claimx',
          doc: 'Row of claimx_tasks; merge key task_id.',
          fields: [
            { name: 'task_id', type: 'string', doc: 'The task\'s assignment.' },
            { name: 'project_id', type: 'string', doc: 'The project.' },
            {
              name: 'template_id',
              type: ['null', 'string'],
              default: null,
              doc: 'The template it was made from.',
            },
            { name: 'task_name', type: ['null', 'string'], default: null, doc: 'Title.' },
            {
              name: 'status',
              type: ['null', 'string'],
              default: null,
              doc: 'ASSIGNED, then COMPLETED.',
            },
            {
              name: 'assignee_id',
              type: ['null', 'string'],
              default: null,
              doc: 'The contact who has to do it.',
            },
            {
              name: 'assigned_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When it was assigned.',
            },
            {
              name: 'due_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'Until when.',
            },
            {
              name: 'completed_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When it was completed.',
            },
            {
              name: 'form_response_id',
              type: ['null', 'string'],
              default: null,
              doc: 'The filled form.',
            },
            {
              name: 'event_id',
              type: 'string',
              doc: 'The event this version of the row comes from.',
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
        },
      },
      default: [],
      doc: 'For claimx_tasks.',
    },
    {
      name: 'task_templates',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'TaskTemplateRow',
          namespace: 'claimx',
          doc: 'Row of claimx_task_templates; merge key template_id, project_id.',
          fields: [
            { name: 'template_id', type: 'string', doc: 'The template.' },
            { name: 'project_id', type: 'string', doc: 'The project.' },
            { name: 'template_name', type: ['null', 'string'], default: null, doc: 'Title.' },
            { name: 'description', type: ['null', 'string'], default: null, doc: 'What to do.' },
            { name: 'form_id', type: ['null', 'string'], default: null, doc: 'The form to fill.' },
            { name: 'form_type', type: ['null', 'string'], default: null, doc: 'Its kind.' },
            {
              name: 'enabled',
              type: 'boolean',
              default: true,
              doc: 'Whether tasks may be made from it.',
            },
            {
              name: 'event_id',
              type: 'string',
              doc: 'The event this version of the row comes from.',
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
        },
      },
      default: [],
      doc: 'For claimx_task_templates.',
    },
    {
      name: 'external_links',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'ExternalLinkRow',
          namespace: 'claimx',
          doc: 'Row of claimx_external_links; merge key link_id.',
          fields: [
            { name: 'link_id', type: 'string', doc: 'The link.' },
            { name: 'project_id', type: 'string', doc: 'The project.' },
            {
              name: 'task_assignment_id',
              type: ['null', 'string'],
              default: null,
              doc: 'The task it opens.',
            },
            { name: 'url', type: ['null', 'string'], default: null, doc: 'Where it leads.' },
            { name: 'description', type: ['null', 'string'], default: null, doc: 'Its text.' },
            {
              name: 'contact_id',
              type: ['null', 'string'],
              default: null,
              doc: 'For whom it was made.',
            },
            {
              name: 'expires_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'Until when it works.',
            },
            {
              name: 'event_id',
              type: 'string',
              doc: 'The event this version of the row comes from.',
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
        },
      },
      default: [],
      doc: 'For claimx_external_links.',
    },
    {
      name: 'video_collab',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'VideoCollabRow',
          namespace: 'claimx',
          doc: 'Row of claimx_video_collab; merge key collaboration_id.',
          fields: [
            { name: 'collaboration_id', type: 'string', doc: 'The video collaboration.' },
            { name: 'project_id', type: 'string', doc: 'The project.' },
            { name: 'master_file_name', type: ['null', 'string'], default: null, doc: 'MFN.' },
            {
              name: 'status',
              type: ['null', 'string'],
              default: null,
              doc: 'INVITED, then COMPLETED.',
            },
            { name: 'host_name', type: ['null', 'string'], default: null, doc: 'Who leads it.' },
            { name: 'session_count', type: ['null', 'int'], default: null, doc: 'Calls.' },
            {
              name: 'photo_count',
              type: ['null', 'int'],
              default: null,
              doc: 'Photos taken in them.',
            },
            {
              name: 'video_count',
              type: ['null', 'int'],
              default: null,
              doc: 'Recordings made in them.',
            },
            {
              name: 'total_seconds',
              type: ['null', 'long'],
              default: null,
              doc: 'Length of all calls.',
            },
            {
              name: 'recording_urls',
              type: { type: 'array', items: 'string' },
              default: [],
              doc: 'Recordings, where there are any, without signatures.',
            },
            {
              name: 'invited_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When the invitation was sent.',
            },
            {
              name: 'completed_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When it was completed.',
            },
            {
              name: 'event_id',
              type: 'string',
              doc: 'The event this version of the row comes from.',
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
        },
      },
      default: [],
      doc: 'For claimx_video_collab.',
    },
    {
      name: 'downloads',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'DownloadTask',
          namespace: 'claimx',
          doc: 'Asks for the download of one media item; claimx.downloads.pending and its retry topics.',
          fields: [
            { name: 'media_id', type: 'string', doc: 'The media item.' },
            { name: 'project_id', type: 'string', doc: 'Its project.' },
            {
              name: 'download_url',
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
            { name: 'file_name', type: 'string', default: '', doc: 'The file\'s name in ClaimX.' },
            {
              name: 'source_event_id',
              type: 'string',
              default: '',
              doc: 'The event that led to this file.',
            },
            {
              name: 'retry_count',
              type: 'int',
              default: 0,
              doc: 'Tries so far, the first one not counted.',
            },
            {
              name: 'expires_at',
              type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
              default: null,
              doc: 'When the URL expires, where the API says so.',
            },
            {
              name: 'url_refresh_attempted',
              type: 'boolean',
              default: false,
              doc: 'Whether the URL was asked for again after it had expired.',
            },
            {
              name: 'created_at',
              type: { type: 'long', logicalType: 'timestamp-millis' },
              doc: 'When the task was made; kept over retries.',
            },
          ],
        },
      },
      default: [],
      doc: 'For claimx.downloads.pending.',
    },
    {
      name: 'event_log',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'EventLogRow',
          namespace: 'claimx',
          doc: 'Row of claimx_event_log; merge key event_id: how the processing of an event ended.',
          fields: [
            {
              name: 'event_id',
              type: 'string',
              doc: 'Unique for each event; the key for deduplication.',
            },
            {
              name: 'event_type',
              type: 'string',
              doc: 'One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives.',
            },
            { name: 'project_id', type: 'string', doc: 'The project the event belongs to.' },
            {
              name: 'status',
              type: {
                type: 'enum',
                name: 'ProcessingStatus',
                doc: '`success`: enriched; `skipped`: nothing to do for this type; `failed`: given up, see the dead letter.',
                symbols: ['success', 'skipped', 'failed'],
              },
              doc: 'How it ended.',
            },
            {
              name: 'error',
              type: ['null', 'string'],
              default: null,
              doc: 'Why it failed, for people.',
            },
            {
              name: 'retry_count',
              type: 'int',
              default: 0,
              doc: 'Tries, the first one not counted.',
            },
            { name: 'entity_rows', type: 'int', default: 0, doc: 'Rows that the event led to.' },
            {
              name: 'download_tasks',
              type: 'int',
              default: 0,
              doc: 'Downloads that the event led to.',
            },
            {
              name: 'processed_at',
              type: { type: 'long', logicalType: 'timestamp-millis' },
              doc: 'When it ended.',
            },
          ],
        },
      },
      default: [],
      doc: 'For claimx_event_log.',
    },
  ],
};

/** The Avro schema of {@link EnrichmentTask}. */
export const enrichmentTaskSchema: AvroSchema<EnrichmentTask> = {
  type: 'record',
  name: 'EnrichmentTask',
  namespace: 'claimx',
  doc: 'Asks for the enrichment of one event through the ClaimX API; claimx.enrichment.pending and its retry topics.',
  fields: [
    { name: 'event_id', type: 'string', doc: 'Unique for each event; the key for deduplication.' },
    {
      name: 'event_type',
      type: 'string',
      doc: 'One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives.',
    },
    { name: 'project_id', type: 'string', doc: 'The project the event belongs to.' },
    {
      name: 'retry_count',
      type: 'int',
      default: 0,
      doc: 'Tries so far, the first one not counted.',
    },
    {
      name: 'created_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the task was made; kept over retries.',
    },
    {
      name: 'ingested_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When the source took the event in.',
    },
    {
      name: 'media_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The media item the event is about.',
    },
    {
      name: 'task_assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The custom task\'s assignment the event is about.',
    },
    {
      name: 'video_collaboration_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The video collaboration the event is about.',
    },
    {
      name: 'master_file_name',
      type: ['null', 'string'],
      default: null,
      doc: 'The project\'s master file name (MFN).',
    },
    {
      name: 'raw_data',
      type: ['null', { type: 'string', logicalType: 'json' }],
      default: null,
      doc: 'The payload as it came, as JSON text: handlers read what is theirs (the contact of an invitation, for instance).',
    },
  ],
};

/** The Avro schema of {@link Event}. */
export const eventSchema: AvroSchema<Event> = {
  type: 'record',
  name: 'Event',
  namespace: 'claimx',
  doc: 'An event of ClaimX, as it arrives on claimx.events.raw.',
  fields: [
    { name: 'event_id', type: 'string', doc: 'Unique for each event; the key for deduplication.' },
    {
      name: 'event_type',
      type: 'string',
      doc: 'One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives.',
    },
    { name: 'project_id', type: 'string', doc: 'The project the event belongs to.' },
    {
      name: 'ingested_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the source took the event in.',
    },
    {
      name: 'media_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The media item the event is about.',
    },
    {
      name: 'task_assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The custom task\'s assignment the event is about.',
    },
    {
      name: 'video_collaboration_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The video collaboration the event is about.',
    },
    {
      name: 'master_file_name',
      type: ['null', 'string'],
      default: null,
      doc: 'The project\'s master file name (MFN).',
    },
    {
      name: 'raw_data',
      type: ['null', { type: 'string', logicalType: 'json' }],
      default: null,
      doc: 'The payload as it came, as JSON text: handlers read what is theirs (the contact of an invitation, for instance).',
    },
  ],
};

/** The Avro schema of {@link EventLogRow}. */
export const eventLogRowSchema: AvroSchema<EventLogRow> = {
  type: 'record',
  name: 'EventLogRow',
  namespace: 'claimx',
  doc: 'Row of claimx_event_log; merge key event_id: how the processing of an event ended.',
  fields: [
    { name: 'event_id', type: 'string', doc: 'Unique for each event; the key for deduplication.' },
    {
      name: 'event_type',
      type: 'string',
      doc: 'One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives.',
    },
    { name: 'project_id', type: 'string', doc: 'The project the event belongs to.' },
    {
      name: 'status',
      type: {
        type: 'enum',
        name: 'ProcessingStatus',
        doc: '`success`: enriched; `skipped`: nothing to do for this type; `failed`: given up, see the dead letter.',
        symbols: ['success', 'skipped', 'failed'],
      },
      doc: 'How it ended.',
    },
    { name: 'error', type: ['null', 'string'], default: null, doc: 'Why it failed, for people.' },
    { name: 'retry_count', type: 'int', default: 0, doc: 'Tries, the first one not counted.' },
    { name: 'entity_rows', type: 'int', default: 0, doc: 'Rows that the event led to.' },
    { name: 'download_tasks', type: 'int', default: 0, doc: 'Downloads that the event led to.' },
    {
      name: 'processed_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When it ended.',
    },
  ],
};

/** The Avro schema of {@link EventRow}. */
export const eventRowSchema: AvroSchema<EventRow> = {
  type: 'record',
  name: 'EventRow',
  namespace: 'claimx',
  doc: 'Row of claimx_events; merge key event_id, one row for each event.',
  fields: [
    { name: 'event_id', type: 'string', doc: 'Unique for each event; the key for deduplication.' },
    {
      name: 'event_type',
      type: 'string',
      doc: 'One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives.',
    },
    { name: 'project_id', type: 'string', doc: 'The project the event belongs to.' },
    {
      name: 'ingested_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the source took the event in.',
    },
    {
      name: 'media_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The media item the event is about.',
    },
    {
      name: 'task_assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The custom task\'s assignment the event is about.',
    },
    {
      name: 'video_collaboration_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The video collaboration the event is about.',
    },
    {
      name: 'master_file_name',
      type: ['null', 'string'],
      default: null,
      doc: 'The project\'s master file name (MFN).',
    },
    {
      name: 'raw_data',
      type: ['null', { type: 'string', logicalType: 'json' }],
      default: null,
      doc: 'The payload as it came, as JSON text: handlers read what is theirs (the contact of an invitation, for instance).',
    },
    {
      name: 'created_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When the ingester took the event in.',
    },
  ],
};

/** The Avro schema of {@link ExternalLinkRow}. */
export const externalLinkRowSchema: AvroSchema<ExternalLinkRow> = {
  type: 'record',
  name: 'ExternalLinkRow',
  namespace: 'claimx',
  doc: 'Row of claimx_external_links; merge key link_id.',
  fields: [
    { name: 'link_id', type: 'string', doc: 'The link.' },
    { name: 'project_id', type: 'string', doc: 'The project.' },
    {
      name: 'task_assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The task it opens.',
    },
    { name: 'url', type: ['null', 'string'], default: null, doc: 'Where it leads.' },
    { name: 'description', type: ['null', 'string'], default: null, doc: 'Its text.' },
    { name: 'contact_id', type: ['null', 'string'], default: null, doc: 'For whom it was made.' },
    {
      name: 'expires_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'Until when it works.',
    },
    { name: 'event_id', type: 'string', doc: 'The event this version of the row comes from.' },
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

/** The Avro schema of {@link FailedDownload}. */
export const failedDownloadSchema: AvroSchema<FailedDownload> = {
  type: 'record',
  name: 'FailedDownload',
  namespace: 'claimx',
  doc: 'A download that failed for good; claimx.downloads.dlq.',
  fields: [
    { name: 'media_id', type: 'string', doc: 'The media item.' },
    { name: 'project_id', type: 'string', doc: 'Its project.' },
    {
      name: 'task',
      type: {
        type: 'record',
        name: 'DownloadTask',
        namespace: 'claimx',
        doc: 'Asks for the download of one media item; claimx.downloads.pending and its retry topics.',
        fields: [
          { name: 'media_id', type: 'string', doc: 'The media item.' },
          { name: 'project_id', type: 'string', doc: 'Its project.' },
          {
            name: 'download_url',
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
          { name: 'file_name', type: 'string', default: '', doc: 'The file\'s name in ClaimX.' },
          {
            name: 'source_event_id',
            type: 'string',
            default: '',
            doc: 'The event that led to this file.',
          },
          {
            name: 'retry_count',
            type: 'int',
            default: 0,
            doc: 'Tries so far, the first one not counted.',
          },
          {
            name: 'expires_at',
            type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
            default: null,
            doc: 'When the URL expires, where the API says so.',
          },
          {
            name: 'url_refresh_attempted',
            type: 'boolean',
            default: false,
            doc: 'Whether the URL was asked for again after it had expired.',
          },
          {
            name: 'created_at',
            type: { type: 'long', logicalType: 'timestamp-millis' },
            doc: 'When the task was made; kept over retries.',
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
        namespace: 'claimx',
        doc: '`transient`: may succeed later; `permanent`: will not; `auth`: the credentials were refused; `circuit_open`: not tried, the API was known to be down; `exhausted`: transient, and no try is left; `unknown`: none of these.',
        symbols: ['transient', 'permanent', 'auth', 'circuit_open', 'exhausted', 'unknown'],
      },
      doc: 'Why no further try is made.',
    },
    {
      name: 'error',
      type: 'string',
      doc: 'The last error, for people, without credentials or signed URLs.',
    },
    {
      name: 'http_status',
      type: ['null', 'int'],
      default: null,
      doc: 'The file host\'s last answer, where there was one.',
    },
    {
      name: 'url_refresh_attempted',
      type: 'boolean',
      default: false,
      doc: 'Whether the URL was asked for again after it had expired.',
    },
    { name: 'attempts', type: 'int', doc: 'Tries in all.' },
    {
      name: 'failed_at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'When it was given up.',
    },
  ],
};

/** The Avro schema of {@link FailedEnrichment}. */
export const failedEnrichmentSchema: AvroSchema<FailedEnrichment> = {
  type: 'record',
  name: 'FailedEnrichment',
  namespace: 'claimx',
  doc: 'An enrichment that failed for good; claimx.enrichment.dlq.',
  fields: [
    { name: 'event_id', type: 'string', doc: 'Unique for each event; the key for deduplication.' },
    {
      name: 'event_type',
      type: 'string',
      doc: 'One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives.',
    },
    { name: 'project_id', type: 'string', doc: 'The project the event belongs to.' },
    {
      name: 'task',
      type: {
        type: 'record',
        name: 'EnrichmentTask',
        namespace: 'claimx',
        doc: 'Asks for the enrichment of one event through the ClaimX API; claimx.enrichment.pending and its retry topics.',
        fields: [
          {
            name: 'event_id',
            type: 'string',
            doc: 'Unique for each event; the key for deduplication.',
          },
          {
            name: 'event_type',
            type: 'string',
            doc: 'One of the nine types, such as PROJECT_FILE_ADDED. A string: a type unknown here survives.',
          },
          { name: 'project_id', type: 'string', doc: 'The project the event belongs to.' },
          {
            name: 'retry_count',
            type: 'int',
            default: 0,
            doc: 'Tries so far, the first one not counted.',
          },
          {
            name: 'created_at',
            type: { type: 'long', logicalType: 'timestamp-millis' },
            doc: 'When the task was made; kept over retries.',
          },
          {
            name: 'ingested_at',
            type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
            default: null,
            doc: 'When the source took the event in.',
          },
          {
            name: 'media_id',
            type: ['null', 'string'],
            default: null,
            doc: 'The media item the event is about.',
          },
          {
            name: 'task_assignment_id',
            type: ['null', 'string'],
            default: null,
            doc: 'The custom task\'s assignment the event is about.',
          },
          {
            name: 'video_collaboration_id',
            type: ['null', 'string'],
            default: null,
            doc: 'The video collaboration the event is about.',
          },
          {
            name: 'master_file_name',
            type: ['null', 'string'],
            default: null,
            doc: 'The project\'s master file name (MFN).',
          },
          {
            name: 'raw_data',
            type: ['null', { type: 'string', logicalType: 'json' }],
            default: null,
            doc: 'The payload as it came, as JSON text: handlers read what is theirs (the contact of an invitation, for instance).',
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
        namespace: 'claimx',
        doc: '`transient`: may succeed later; `permanent`: will not; `auth`: the credentials were refused; `circuit_open`: not tried, the API was known to be down; `exhausted`: transient, and no try is left; `unknown`: none of these.',
        symbols: ['transient', 'permanent', 'auth', 'circuit_open', 'exhausted', 'unknown'],
      },
      doc: 'Why no further try is made.',
    },
    {
      name: 'error',
      type: 'string',
      doc: 'The last error, for people, without credentials or signed URLs.',
    },
    {
      name: 'http_status',
      type: ['null', 'int'],
      default: null,
      doc: 'The API\'s last answer, where there was one.',
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
  namespace: 'claimx',
  doc: 'A record of claimx.events.raw that could not be read or lacks what an event needs: the record as it was, and why.',
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

/** The Avro schema of {@link MediaMetadataRow}. */
export const mediaMetadataRowSchema: AvroSchema<MediaMetadataRow> = {
  type: 'record',
  name: 'MediaMetadataRow',
  namespace: 'claimx',
  doc: 'Row of claimx_attachment_metadata; merge key media_id.',
  fields: [
    { name: 'media_id', type: 'string', doc: 'The media item.' },
    { name: 'project_id', type: 'string', doc: 'The project.' },
    {
      name: 'task_assignment_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The task it was made for.',
    },
    { name: 'file_name', type: ['null', 'string'], default: null, doc: 'Name in ClaimX.' },
    {
      name: 'file_type',
      type: ['null', 'string'],
      default: null,
      doc: 'Extension without the dot, lower case.',
    },
    { name: 'content_type', type: ['null', 'string'], default: null, doc: 'As ClaimX says.' },
    { name: 'bytes', type: ['null', 'long'], default: null, doc: 'Size, where ClaimX says it.' },
    { name: 'description', type: ['null', 'string'], default: null, doc: 'Text of the uploader.' },
    { name: 'comment', type: ['null', 'string'], default: null, doc: 'Text of the adjuster.' },
    {
      name: 'latitude',
      type: ['null', 'double'],
      default: null,
      doc: 'Where it was taken, in degrees.',
    },
    {
      name: 'longitude',
      type: ['null', 'double'],
      default: null,
      doc: 'Where it was taken, in degrees.',
    },
    {
      name: 'taken_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When it was taken.',
    },
    {
      name: 'url_expires_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When the last presigned URL expires. The URL itself is a secret and not kept.',
    },
    { name: 'event_id', type: 'string', doc: 'The event this version of the row comes from.' },
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

/** The Avro schema of {@link ProjectRow}. */
export const projectRowSchema: AvroSchema<ProjectRow> = {
  type: 'record',
  name: 'ProjectRow',
  namespace: 'claimx',
  doc: 'Row of claimx_projects; merge key project_id.',
  fields: [
    { name: 'project_id', type: 'string', doc: 'The project.' },
    {
      name: 'project_number',
      type: ['null', 'string'],
      default: null,
      doc: 'The number people use.',
    },
    { name: 'master_file_name', type: ['null', 'string'], default: null, doc: 'MFN.' },
    { name: 'project_name', type: ['null', 'string'], default: null, doc: 'Title.' },
    {
      name: 'status',
      type: ['null', 'string'],
      default: null,
      doc: 'ClaimX\'s own word, such as OPEN.',
    },
    { name: 'type_of_loss', type: ['null', 'string'], default: null, doc: 'Such as WATER.' },
    { name: 'claim_number', type: ['null', 'string'], default: null, doc: 'The insurer\'s claim.' },
    {
      name: 'policy_number',
      type: ['null', 'string'],
      default: null,
      doc: 'The insurer\'s policy.',
    },
    { name: 'carrier_name', type: ['null', 'string'], default: null, doc: 'The insurer.' },
    {
      name: 'date_of_loss',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When the damage happened.',
    },
    {
      name: 'project_created_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When the project was made in ClaimX.',
    },
    { name: 'event_id', type: 'string', doc: 'The event this version of the row comes from.' },
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

/** The Avro schema of {@link TaskRow}. */
export const taskRowSchema: AvroSchema<TaskRow> = {
  type: 'record',
  name: 'TaskRow',
  namespace: 'claimx',
  doc: 'Row of claimx_tasks; merge key task_id.',
  fields: [
    { name: 'task_id', type: 'string', doc: 'The task\'s assignment.' },
    { name: 'project_id', type: 'string', doc: 'The project.' },
    {
      name: 'template_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The template it was made from.',
    },
    { name: 'task_name', type: ['null', 'string'], default: null, doc: 'Title.' },
    { name: 'status', type: ['null', 'string'], default: null, doc: 'ASSIGNED, then COMPLETED.' },
    {
      name: 'assignee_id',
      type: ['null', 'string'],
      default: null,
      doc: 'The contact who has to do it.',
    },
    {
      name: 'assigned_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When it was assigned.',
    },
    {
      name: 'due_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'Until when.',
    },
    {
      name: 'completed_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When it was completed.',
    },
    { name: 'form_response_id', type: ['null', 'string'], default: null, doc: 'The filled form.' },
    { name: 'event_id', type: 'string', doc: 'The event this version of the row comes from.' },
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

/** The Avro schema of {@link TaskTemplateRow}. */
export const taskTemplateRowSchema: AvroSchema<TaskTemplateRow> = {
  type: 'record',
  name: 'TaskTemplateRow',
  namespace: 'claimx',
  doc: 'Row of claimx_task_templates; merge key template_id, project_id.',
  fields: [
    { name: 'template_id', type: 'string', doc: 'The template.' },
    { name: 'project_id', type: 'string', doc: 'The project.' },
    { name: 'template_name', type: ['null', 'string'], default: null, doc: 'Title.' },
    { name: 'description', type: ['null', 'string'], default: null, doc: 'What to do.' },
    { name: 'form_id', type: ['null', 'string'], default: null, doc: 'The form to fill.' },
    { name: 'form_type', type: ['null', 'string'], default: null, doc: 'Its kind.' },
    { name: 'enabled', type: 'boolean', default: true, doc: 'Whether tasks may be made from it.' },
    { name: 'event_id', type: 'string', doc: 'The event this version of the row comes from.' },
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

/** The Avro schema of {@link UploadResult}. */
export const uploadResultSchema: AvroSchema<UploadResult> = {
  type: 'record',
  name: 'UploadResult',
  namespace: 'claimx',
  doc: 'How the way of one media item ended; claimx.downloads.results.',
  fields: [
    { name: 'media_id', type: 'string', doc: 'The media item.' },
    { name: 'project_id', type: 'string', doc: 'Its project.' },
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
    { name: 'file_name', type: 'string', default: '', doc: 'The file\'s name in ClaimX.' },
    {
      name: 'source_event_id',
      type: 'string',
      default: '',
      doc: 'The event that led to this file.',
    },
    {
      name: 'status',
      type: {
        type: 'enum',
        name: 'UploadStatus',
        doc: '`success`: the file is in the lake; `failed_transient`: every try failed; `failed_permanent`: no try can succeed.',
        symbols: ['success', 'failed_transient', 'failed_permanent'],
      },
      doc: 'How it ended.',
    },
    { name: 'bytes', type: 'long', default: 0, doc: 'The file\'s size; 0 where there is none.' },
    { name: 'content_type', type: ['null', 'string'], default: null, doc: 'As the file host said.' },
    { name: 'sha256', type: ['null', 'string'], default: null, doc: 'Of the content, in hex.' },
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

/** The Avro schema of {@link VideoCollabRow}. */
export const videoCollabRowSchema: AvroSchema<VideoCollabRow> = {
  type: 'record',
  name: 'VideoCollabRow',
  namespace: 'claimx',
  doc: 'Row of claimx_video_collab; merge key collaboration_id.',
  fields: [
    { name: 'collaboration_id', type: 'string', doc: 'The video collaboration.' },
    { name: 'project_id', type: 'string', doc: 'The project.' },
    { name: 'master_file_name', type: ['null', 'string'], default: null, doc: 'MFN.' },
    { name: 'status', type: ['null', 'string'], default: null, doc: 'INVITED, then COMPLETED.' },
    { name: 'host_name', type: ['null', 'string'], default: null, doc: 'Who leads it.' },
    { name: 'session_count', type: ['null', 'int'], default: null, doc: 'Calls.' },
    { name: 'photo_count', type: ['null', 'int'], default: null, doc: 'Photos taken in them.' },
    { name: 'video_count', type: ['null', 'int'], default: null, doc: 'Recordings made in them.' },
    { name: 'total_seconds', type: ['null', 'long'], default: null, doc: 'Length of all calls.' },
    {
      name: 'recording_urls',
      type: { type: 'array', items: 'string' },
      default: [],
      doc: 'Recordings, where there are any, without signatures.',
    },
    {
      name: 'invited_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When the invitation was sent.',
    },
    {
      name: 'completed_at',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
      doc: 'When it was completed.',
    },
    { name: 'event_id', type: 'string', doc: 'The event this version of the row comes from.' },
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

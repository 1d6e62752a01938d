import type { ApiContact, ApiMedia, ApiProject, ApiTask, ApiVideo } from './api-types.ts';
import {
  newContactRow,
  newExternalLinkRow,
  newMediaMetadataRow,
  newProjectRow,
  newTaskRow,
  newTaskTemplateRow,
  newVideoCollabRow,
  type ContactRow,
  type EnrichmentTask,
  type ExternalLinkRow,
  type MediaMetadataRow,
  type ProjectRow,
  type TaskRow,
  type TaskTemplateRow,
  type VideoCollabRow,
} from './schemas.generated.ts';
import { fileExtension } from '../shared/file-types.ts';

/** The columns that say where a version of a row comes from. Keys never depend on them, so a replay gives the same rows. */
export interface Stamp {
  readonly event_id: string;
  readonly created_at: number;
  readonly updated_at: number;
}

export function stampOf(task: EnrichmentTask, nowMs: number): Stamp {
  return { event_id: task.event_id, created_at: task.ingested_at ?? task.created_at, updated_at: nowMs };
}

export function projectRow(project: ApiProject, stamp: Stamp): ProjectRow {
  return newProjectRow({
    project_id: project.projectId,
    project_number: project.projectNumber ?? null,
    master_file_name: project.masterFileName ?? null,
    project_name: project.projectName ?? null,
    status: project.status ?? null,
    type_of_loss: project.typeOfLoss ?? null,
    claim_number: project.claimNumber ?? null,
    policy_number: project.policyNumber ?? null,
    carrier_name: project.carrierName ?? null,
    date_of_loss: ms(project.dateOfLoss),
    project_created_at: ms(project.createdAt),
    ...stamp,
  });
}

export function mediaRow(media: ApiMedia, stamp: Stamp, urlExpiresAt: number | null): MediaMetadataRow {
  return newMediaMetadataRow({
    media_id: media.mediaId,
    project_id: media.projectId,
    task_assignment_id: media.taskAssignmentId ?? null,
    file_name: media.fileName ?? null,
    file_type: fileExtension(media.fileName ?? ''),
    content_type: media.contentType ?? null,
    bytes: media.sizeBytes ?? null,
    description: media.description ?? null,
    comment: media.comment ?? null,
    latitude: media.latitude ?? null,
    longitude: media.longitude ?? null,
    taken_at: ms(media.takenAt),
    url_expires_at: urlExpiresAt,
    ...stamp,
  });
}

/** `completed` is what the event itself says: an answer of the API that lags behind it must not take it back. */
export function taskRow(task: ApiTask, stamp: Stamp, completed: boolean): TaskRow {
  return newTaskRow({
    task_id: task.assignmentId,
    project_id: task.projectId,
    template_id: task.template?.templateId ?? null,
    task_name: task.name ?? null,
    status: completed ? 'COMPLETED' : (task.status ?? 'ASSIGNED'),
    assignee_id: task.assigneeId ?? null,
    assigned_at: ms(task.assignedAt),
    due_at: ms(task.dueAt),
    completed_at: ms(task.completedAt),
    form_response_id: task.formResponseId ?? null,
    ...stamp,
  });
}

export function templateRow(task: ApiTask, stamp: Stamp): TaskTemplateRow | null {
  const { template } = task;
  if (template === null || template === undefined) return null;
  return newTaskTemplateRow({
    template_id: template.templateId,
    project_id: task.projectId,
    template_name: template.name ?? null,
    description: template.description ?? null,
    form_id: template.formId ?? null,
    form_type: template.formType ?? null,
    enabled: template.enabled ?? true,
    ...stamp,
  });
}

export function linkRow(task: ApiTask, stamp: Stamp): ExternalLinkRow | null {
  const { link } = task;
  if (link === null || link === undefined) return null;
  return newExternalLinkRow({
    link_id: link.linkId,
    project_id: task.projectId,
    task_assignment_id: task.assignmentId,
    url: link.url ?? null,
    description: link.description ?? null,
    contact_id: link.contactId ?? null,
    expires_at: ms(link.expiresAt),
    ...stamp,
  });
}

/** `joined` as in {@link taskRow}. */
export function contactRow(contact: ApiContact, projectId: string, stamp: Stamp, joined: boolean): ContactRow {
  return newContactRow({
    contact_id: contact.contactId,
    project_id: projectId,
    contact_type: contact.contactType ?? null,
    first_name: contact.firstName ?? null,
    last_name: contact.lastName ?? null,
    email: contact.email ?? null,
    phone_number: contact.phoneNumber ?? null,
    is_primary: contact.isPrimary ?? false,
    invite_status: joined ? 'JOINED' : (contact.inviteStatus ?? 'INVITED'),
    invited_at: ms(contact.invitedAt),
    joined_at: ms(contact.joinedAt),
    ...stamp,
  });
}

/** `completed` as in {@link taskRow}. */
export function videoRow(video: ApiVideo, stamp: Stamp, completed: boolean): VideoCollabRow {
  return newVideoCollabRow({
    collaboration_id: video.collaborationId,
    project_id: video.projectId,
    master_file_name: video.masterFileName ?? null,
    status: completed ? 'COMPLETED' : (video.status ?? 'INVITED'),
    host_name: video.hostName ?? null,
    session_count: video.sessionCount ?? null,
    photo_count: video.photoCount ?? null,
    video_count: video.videoCount ?? null,
    total_seconds: video.totalSeconds ?? null,
    recording_urls: (video.recordingUrls ?? []).map(withoutQuery),
    invited_at: ms(video.invitedAt),
    completed_at: ms(video.completedAt),
    ...stamp,
  });
}

/** ISO 8601 with a zone to ms since the epoch; null for nothing. */
export function ms(time: string | null | undefined): number | null {
  if (time === null || time === undefined) return null;
  const at = Date.parse(time);
  return Number.isNaN(at) ? null : at;
}

/** Signatures live in the query and are secrets. */
function withoutQuery(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? '';
}

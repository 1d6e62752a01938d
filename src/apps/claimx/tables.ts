import { tableSet } from '../shared/table-set.ts';
import {
  attachmentRowSchema,
  contactRowSchema,
  eventLogRowSchema,
  eventRowSchema,
  externalLinkRowSchema,
  mediaMetadataRowSchema,
  projectRowSchema,
  taskRowSchema,
  taskTemplateRowSchema,
  videoCollabRowSchema,
} from './schemas.generated.ts';

/** The ten Delta tables with what makes a row the same. */
export const claimxTables = tableSet({
  claimx_projects: { schema: projectRowSchema, mergeKeys: ['project_id'] },
  claimx_contacts: { schema: contactRowSchema, mergeKeys: ['contact_id', 'project_id'] },
  claimx_attachment_metadata: { schema: mediaMetadataRowSchema, mergeKeys: ['media_id'] },
  claimx_tasks: { schema: taskRowSchema, mergeKeys: ['task_id'] },
  claimx_task_templates: { schema: taskTemplateRowSchema, mergeKeys: ['template_id', 'project_id'] },
  claimx_external_links: { schema: externalLinkRowSchema, mergeKeys: ['link_id'] },
  claimx_video_collab: { schema: videoCollabRowSchema, mergeKeys: ['collaboration_id'] },
  claimx_events: { schema: eventRowSchema, mergeKeys: ['event_id'] },
  claimx_event_log: { schema: eventLogRowSchema, mergeKeys: ['event_id'] },
  // The uploader writes the row without a status, the result processor with the final one; either may be first.
  claimx_attachments: { schema: attachmentRowSchema, mergeKeys: ['media_id'], filledLater: ['status'] },
});

export type TableName = (typeof claimxTables.names)[number];

/** Parents before children: a row is visible only when the project that it names is. The log comes last. */
export const ENTITY_ORDER = [
  'claimx_projects',
  'claimx_contacts',
  'claimx_task_templates',
  'claimx_tasks',
  'claimx_external_links',
  'claimx_video_collab',
  'claimx_attachment_metadata',
  'claimx_event_log',
] as const satisfies readonly TableName[];

export type EntityTable = (typeof ENTITY_ORDER)[number];

import type { AvroSchema } from '../../serdes/avro-schema.ts';
import type { NamedTableOptions } from '../../sinks/delta/options.ts';
import { deltaSchemaFromAvro } from '../../sinks/delta/avro-schema.ts';
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

interface TableSpec {
  readonly schema: AvroSchema<object>;
  readonly mergeKeys: readonly string[];
  /** Columns that a row may lack at first, though its Avro record may not. */
  readonly filledLater?: readonly string[];
}

/**
 * The ten Delta tables with what makes a row the same. All are merged by key, the two of events too: the delivery to a
 * sink's topic is at least once, so an append would write a record twice that was sent twice.
 */
const SPECS = {
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
} as const satisfies Record<string, TableSpec>;

export type TableName = keyof typeof SPECS;

export const TABLE_NAMES = Object.keys(SPECS) as readonly TableName[];

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

export function tablePath(folder: string, name: TableName): string {
  return `${folder.replace(/\/+$/, '')}/${name}`;
}

/** A table for a sink, in the folder of the tables. */
export function tableOptions(folder: string, name: TableName): NamedTableOptions {
  const { schema, mergeKeys, filledLater = [] }: TableSpec = SPECS[name];
  const { type, fields } = deltaSchemaFromAvro(schema);
  const nullable = fields.map((field) => (filledLater.includes(field.name) ? { ...field, nullable: true } : field));
  return { path: tablePath(folder, name), schema: { type, fields: nullable }, mode: 'merge', mergeKeys };
}

export function mergeKeysOf(name: TableName): readonly string[] {
  return SPECS[name].mergeKeys;
}

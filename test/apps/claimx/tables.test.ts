import { expect, it } from 'vitest';
import { claimxTables, ENTITY_ORDER, type TableName } from '../../../src/apps/claimx/tables.ts';

const KEYS: Readonly<Record<TableName, readonly string[]>> = {
  claimx_projects: ['project_id'],
  claimx_contacts: ['contact_id', 'project_id'],
  claimx_attachment_metadata: ['media_id'],
  claimx_tasks: ['task_id'],
  claimx_task_templates: ['template_id', 'project_id'],
  claimx_external_links: ['link_id'],
  claimx_video_collab: ['collaboration_id'],
  claimx_events: ['event_id'],
  claimx_event_log: ['event_id'],
  claimx_attachments: ['media_id'],
};

it('claimx has ten tables, no more', () => {
  expect([...claimxTables.names].sort()).toEqual(Object.keys(KEYS).sort());
});

it.each(Object.entries(KEYS))('%s is merged by %j, and every row has these', (name, keys) => {
  const { mode, mergeKeys, schema } = claimxTables.options('/lake', name as TableName);
  expect([mode, mergeKeys]).toEqual(['merge', keys]);
  const fields = new Map(schema.fields.map((field) => [field.name, field]));
  expect(keys.map((key) => fields.get(key)?.nullable)).toEqual(keys.map(() => false));
});

it('every table that names a project comes after the projects, and the log of events last', () => {
  expect(ENTITY_ORDER[0]).toBe('claimx_projects');
  expect(ENTITY_ORDER.at(-1)).toBe('claimx_event_log');
  const entities = claimxTables.names.filter((name) => !['claimx_events', 'claimx_attachments'].includes(name));
  expect([...ENTITY_ORDER].sort()).toEqual([...entities].sort());
});

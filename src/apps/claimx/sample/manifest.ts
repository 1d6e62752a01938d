import type { Manifest } from '../../shared/sample/comparison.ts';
import { HAD } from '../../shared/sample/simulated-files.ts';
import type { SampleEvent } from './generator.ts';
import type { World } from './world.ts';

export interface ManifestModel {
  event(event: SampleEvent): void;
  malformed(): void;
  /** Against the world as it stands at the end, which is what the simulated API tells. */
  count(world: World): Manifest;
}

/**
 * The application's rules in their shortest form: sets of keys. It shares no code with the pipeline, so that a mistake
 * there does not repeat itself here.
 */
export function createManifestModel(): ManifestModel {
  const events: SampleEvent[] = [];
  let malformed = 0;
  return {
    event: (event) => void events.push(event),
    malformed: () => void malformed++,
    count: (world) => {
      const projects = new Set<string>();
      const contacts = new Set<string>();
      const media = new Set<string>();
      const tasks = new Set<string>();
      const templates = new Set<string>();
      const links = new Set<string>();
      const videos = new Set<string>();
      let enrichmentFailures = 0;
      for (const event of events) {
        const project = event.project_id;
        if (!world.projects.has(project)) continue;
        projects.add(project);
        const listed = world.media.get(project) ?? [];
        switch (event.event_type) {
          case 'PROJECT_FILE_ADDED':
            for (const item of listed) if (item.mediaId === event.media_id) media.add(item.mediaId);
            break;
          case 'PROJECT_MFN_ADDED':
            for (const item of listed) media.add(item.mediaId);
            break;
          case 'CUSTOM_TASK_ASSIGNED':
          case 'CUSTOM_TASK_COMPLETED': {
            const task = world.tasks.get(event.task_assignment_id ?? '');
            if (task?.fate === 'fine') {
              tasks.add(task.api.assignmentId);
              if (task.api.template) templates.add(`${project}/${task.api.template.templateId}`);
              if (task.api.link) links.add(task.api.link.linkId);
            } else if (task) enrichmentFailures++;
            break;
          }
          case 'POLICYHOLDER_INVITED':
          case 'POLICYHOLDER_JOINED':
            contacts.add(`${project}/${contactId(event)}`);
            break;
          case 'VIDEO_COLLABORATION_INVITE_SENT':
          case 'VIDEO_COLLABORATION_COMPLETED': {
            const video = world.videos.get(event.video_collaboration_id ?? '');
            if (video?.fate === 'fine') videos.add(video.api.collaborationId);
            else if (video) enrichmentFailures++;
            break;
          }
          default:
        }
      }
      return {
        tables: {
          claimx_projects: projects.size,
          claimx_contacts: contacts.size,
          claimx_attachment_metadata: media.size,
          claimx_tasks: tasks.size,
          claimx_task_templates: templates.size,
          claimx_external_links: links.size,
          claimx_video_collab: videos.size,
          claimx_events: events.length,
          claimx_event_log: events.length,
          claimx_attachments: media.size,
        },
        deadLetters: {
          'claimx.events.dlq': malformed,
          'claimx.enrichment.dlq': enrichmentFailures,
          'claimx.downloads.dlq': lostFiles(world, media),
        },
      };
    },
  };
}

function contactId(event: SampleEvent): string {
  const contact = event.raw_data?.['contact'];
  return typeof contact === 'object' && contact !== null && 'contactId' in contact ? String(contact.contactId) : '';
}

/** Files that cannot be had, among those that the events lead to: one dead letter for each. */
function lostFiles(world: World, media: ReadonlySet<string>): number {
  let lost = 0;
  for (const items of world.media.values()) {
    for (const { mediaId, fate } of items) {
      if (media.has(mediaId) && !HAD.has(fate)) lost++;
    }
  }
  return lost;
}

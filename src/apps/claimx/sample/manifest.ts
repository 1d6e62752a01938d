import type { Facts } from '../../shared/sample/facts.ts';
import { HAD, type FileFate } from '../../shared/sample/simulated-files.ts';
import type { SampleEvent } from './generator.ts';
import type { World } from './world.ts';

export interface ManifestModel {
  event(event: SampleEvent): void;
  /** @param place of the record in the sample @param what is wrong with it */
  malformed(place: number, what: string): void;
  /** Against the world as it stands at the end, which is what the simulated API tells. */
  facts(world: World): Facts;
}

/**
 * The application's rules in their shortest form: sets of keys. It shares no code with the pipeline, so that a mistake
 * there does not repeat itself here.
 */
export function createManifestModel(): ManifestModel {
  const events: SampleEvent[] = [];
  const malformed = new Map<string, string>();
  return {
    event: (event) => void events.push(event),
    malformed: (place, what) => void malformed.set(String(place), what),
    facts: (world) => {
      const projects = new Set<string>();
      const contacts = new Set<string>();
      const media = new Set<string>();
      const tasks = new Set<string>();
      const templates = new Set<string>();
      const links = new Set<string>();
      const videos = new Set<string>();
      const failed = new Map<string, string>();
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
              if (task.api.template) templates.add(`${task.api.template.templateId}/${project}`);
              if (task.api.link) links.add(task.api.link.linkId);
            } else if (task) failed.set(event.event_id, task.fate);
            break;
          }
          case 'POLICYHOLDER_INVITED':
          case 'POLICYHOLDER_JOINED':
            contacts.add(`${contactId(event)}/${project}`);
            break;
          case 'VIDEO_COLLABORATION_INVITE_SENT':
          case 'VIDEO_COLLABORATION_COMPLETED': {
            const video = world.videos.get(event.video_collaboration_id ?? '');
            if (video?.fate === 'fine') videos.add(video.api.collaborationId);
            else if (video) failed.set(event.event_id, video.fate);
            break;
          }
          default:
        }
      }
      const ids = new Set(events.map((event) => event.event_id));
      return {
        tables: {
          claimx_projects: projects,
          claimx_contacts: contacts,
          claimx_attachment_metadata: media,
          claimx_tasks: tasks,
          claimx_task_templates: templates,
          claimx_external_links: links,
          claimx_video_collab: videos,
          claimx_events: ids,
          claimx_event_log: ids,
          claimx_attachments: media,
        },
        deadLetters: {
          'claimx.events.dlq': malformed,
          'claimx.enrichment.dlq': failed,
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
function lostFiles(world: World, media: ReadonlySet<string>): Map<string, FileFate> {
  const lost = new Map<string, FileFate>();
  for (const items of world.media.values()) {
    for (const { mediaId, fate } of items) {
      if (media.has(mediaId) && !HAD.has(fate)) lost.set(mediaId, fate);
    }
  }
  return lost;
}

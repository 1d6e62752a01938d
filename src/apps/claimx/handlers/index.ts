import { isEventType, type EventType } from '../event-types.ts';
import type { Handler } from './handler.ts';
import { mediaHandler } from './media.ts';
import { noopHandler } from './noop.ts';
import { policyholderHandler } from './policyholder.ts';
import { projectHandler } from './project.ts';
import { taskHandler } from './task.ts';
import { videoHandler } from './video.ts';

/** Which handler serves which type of event. */
export const HANDLERS: Readonly<Record<EventType, Handler>> = Object.freeze({
  PROJECT_CREATED: projectHandler,
  PROJECT_FILE_ADDED: mediaHandler,
  PROJECT_MFN_ADDED: mediaHandler,
  CUSTOM_TASK_ASSIGNED: taskHandler,
  CUSTOM_TASK_COMPLETED: taskHandler,
  POLICYHOLDER_INVITED: policyholderHandler,
  POLICYHOLDER_JOINED: policyholderHandler,
  VIDEO_COLLABORATION_INVITE_SENT: videoHandler,
  VIDEO_COLLABORATION_COMPLETED: videoHandler,
});

/** Types that are not in the map are recorded as skipped. */
export function handlerOf(eventType: string): Handler {
  return isEventType(eventType) ? HANDLERS[eventType] : noopHandler;
}

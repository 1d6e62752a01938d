/** The nine types of ClaimX events. Others may come: they are recorded and need nothing done. */
export const EVENT_TYPES = [
  'PROJECT_CREATED',
  'PROJECT_FILE_ADDED',
  'PROJECT_MFN_ADDED',
  'CUSTOM_TASK_ASSIGNED',
  'CUSTOM_TASK_COMPLETED',
  'POLICYHOLDER_INVITED',
  'POLICYHOLDER_JOINED',
  'VIDEO_COLLABORATION_INVITE_SENT',
  'VIDEO_COLLABORATION_COMPLETED',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export function isEventType(text: string): text is EventType {
  return (EVENT_TYPES as readonly string[]).includes(text);
}

import { z } from 'zod';

/**
 * What the ClaimX API answers. Fields that this application does not use are let through; a field that it needs and that
 * is missing or of another type makes the answer unusable (a permanent failure that names the field).
 */
const text = z.string().nullish();
const time = z.iso.datetime({ offset: true }).nullish();

export const projectSchema = z.looseObject({
  projectId: z.string().min(1),
  projectNumber: text,
  masterFileName: text,
  status: text,
  claimNumber: text,
  policyNumber: text,
  carrier: text,
  lossType: text,
  dateOfLoss: time,
  street: text,
  city: text,
  state: text,
  postalCode: text,
  createdAt: time,
  updatedAt: time,
});
export type ApiProject = z.infer<typeof projectSchema>;

export const mediaSchema = z.looseObject({
  mediaId: z.string().min(1),
  projectId: z.string().min(1),
  fileName: text,
  fileType: text,
  mediaType: text,
  description: text,
  fileSizeBytes: z.number().nullish(),
  takenAt: time,
  uploadedAt: time,
  uploadedBy: text,
  latitude: z.number().nullish(),
  longitude: z.number().nullish(),
  downloadUrl: text,
  expiresAt: time,
});
export type ApiMedia = z.infer<typeof mediaSchema>;

export const contactSchema = z.looseObject({
  contactId: z.string().min(1),
  contactType: text,
  firstName: text,
  lastName: text,
  email: text,
  phone: text,
  inviteStatus: text,
  invitedAt: time,
  joinedAt: time,
});
export type ApiContact = z.infer<typeof contactSchema>;

export const taskSchema = z.looseObject({
  assignmentId: z.string().min(1),
  projectId: z.string().min(1),
  status: text,
  assigneeId: text,
  assignedAt: time,
  completedAt: time,
  dueAt: time,
  template: z
    .looseObject({ templateId: z.string().min(1), name: text, description: text, version: z.number().nullish() })
    .nullish(),
  link: z.looseObject({ linkId: z.string().min(1), url: text, type: text, createdAt: time }).nullish(),
});
export type ApiTask = z.infer<typeof taskSchema>;

export const videoSchema = z.looseObject({
  collaborationId: z.string().min(1),
  projectId: z.string().min(1),
  status: text,
  hostId: text,
  invitedAt: time,
  startedAt: time,
  completedAt: time,
  durationSeconds: z.number().nullish(),
  recordingUrls: z.array(z.string()).nullish(),
});
export type ApiVideo = z.infer<typeof videoSchema>;

export const conversationSchema = z.looseObject({
  conversationId: z.string().min(1),
  subject: text,
  lastMessageAt: time,
});
export type ApiConversation = z.infer<typeof conversationSchema>;

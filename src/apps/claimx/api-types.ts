import { z } from 'zod';

/**
 * What the ClaimX API answers. Fields that this application does not use are let through; a field that it needs and that
 * is missing or of another type makes the answer unusable (a permanent failure that names the field).
 */
const text = z.string().nullish();
const time = z.iso.datetime({ offset: true }).nullish();
const count = z.int().nonnegative().nullish();

export const projectSchema = z.looseObject({
  projectId: z.string().min(1),
  projectNumber: text,
  masterFileName: text,
  projectName: text,
  status: text,
  typeOfLoss: text,
  claimNumber: text,
  policyNumber: text,
  carrierName: text,
  dateOfLoss: time,
  createdAt: time,
});
export type ApiProject = z.infer<typeof projectSchema>;

export const mediaSchema = z.looseObject({
  mediaId: z.string().min(1),
  projectId: z.string().min(1),
  taskAssignmentId: text,
  fileName: text,
  contentType: text,
  sizeBytes: count,
  description: text,
  comment: text,
  latitude: z.number().nullish(),
  longitude: z.number().nullish(),
  takenAt: time,
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
  phoneNumber: text,
  isPrimary: z.boolean().nullish(),
  inviteStatus: text,
  invitedAt: time,
  joinedAt: time,
});
export type ApiContact = z.infer<typeof contactSchema>;

export const taskSchema = z.looseObject({
  assignmentId: z.string().min(1),
  projectId: z.string().min(1),
  name: text,
  status: text,
  assigneeId: text,
  assignedAt: time,
  dueAt: time,
  completedAt: time,
  formResponseId: text,
  template: z
    .looseObject({
      templateId: z.string().min(1),
      name: text,
      description: text,
      formId: text,
      formType: text,
      enabled: z.boolean().nullish(),
    })
    .nullish(),
  link: z
    .looseObject({ linkId: z.string().min(1), url: text, description: text, contactId: text, expiresAt: time })
    .nullish(),
});
export type ApiTask = z.infer<typeof taskSchema>;

export const videoSchema = z.looseObject({
  collaborationId: z.string().min(1),
  projectId: z.string().min(1),
  masterFileName: text,
  status: text,
  hostName: text,
  sessionCount: count,
  photoCount: count,
  videoCount: count,
  totalSeconds: count,
  recordingUrls: z.array(z.string()).nullish(),
  invitedAt: time,
  completedAt: time,
});
export type ApiVideo = z.infer<typeof videoSchema>;

export const conversationSchema = z.looseObject({
  conversationId: z.string().min(1),
  subject: text,
  lastMessageAt: time,
});
export type ApiConversation = z.infer<typeof conversationSchema>;

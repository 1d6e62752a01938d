import { z } from 'zod';
import { HttpError } from '../../../http/errors.ts';
import { contactSchema, type ApiContact } from '../api-types.ts';
import { failedWith, succeeded, type Outcome } from '../entities.ts';
import { contactRow, stampOf } from '../rows.ts';
import type { EnrichmentTask } from '../schemas.generated.ts';
import type { Handler } from './handler.ts';

const payloadSchema = z.looseObject({ contact: contactSchema });

/**
 * POLICYHOLDER_INVITED and POLICYHOLDER_JOINED: the contact that the event's payload describes, completed by what the
 * API says of it now. The API's word on the invitation counts, so that an invitation that is handled late (or twice)
 * does not undo a JOINED. One call of the API for all events of the batch.
 */
export const policyholderHandler: Handler = {
  name: 'policyholder',
  handle: async (tasks, { api, projectId, signal, now }) => {
    const known = new Map((await api.getProjectContacts(projectId, signal)).map((item) => [item.contactId, item]));
    const payloads = tasks.map((task) => ({ task, contact: contactOf(task) }));
    const joined = new Set(
      payloads.filter(({ task }) => task.event_type === 'POLICYHOLDER_JOINED').map(({ contact }) => contact?.contactId),
    );
    return payloads.map(({ task, contact }): Outcome => {
      if (contact === null) {
        return failedWith(task, new HttpError('permanent', `the payload of event ${task.event_id} holds no contact`));
      }
      const current = known.get(contact.contactId);
      const hasJoined = joined.has(contact.contactId) || current?.inviteStatus === 'JOINED';
      return succeeded(task, {
        contacts: [contactRow(complete(contact, current), projectId, stampOf(task, now()), hasJoined)],
      });
    });
  },
};

function contactOf(task: EnrichmentTask): ApiContact | null {
  if (task.raw_data === null) return null;
  try {
    const parsed = payloadSchema.safeParse(JSON.parse(task.raw_data));
    return parsed.success ? parsed.data.contact : null;
  } catch {
    return null;
  }
}

/** The API's fields over the payload's; a field that the API leaves empty keeps the payload's. */
function complete(payload: ApiContact, current: ApiContact | undefined): ApiContact {
  if (current === undefined) return payload;
  const said = Object.entries(current).filter(([, value]) => value !== null && value !== undefined);
  return { ...payload, ...Object.fromEntries(said) };
}

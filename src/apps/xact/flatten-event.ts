import { readAttachmentLink } from './attachment-link.ts';
import { newEventRow, type Event, type EventRow } from './schemas.generated.ts';

const DAY_MS = 86_400_000;

/** The columns that a payload fills, and where in it they are found. */
const COLUMNS = {
  assignment_id: ['assignmentId'],
  original_assignment_id: ['originalAssignmentId'],
  claim_number: ['claimNumber'],
  carrier: ['carrier'],
  estimate_version: ['estimateVersion'],
  description: ['description'],
  note: ['note'],
  author: ['author'],
  sender_reviewer_name: ['senderReviewerName'],
  sender_reviewer_email: ['senderReviewerEmail'],
  carrier_reviewer_name: ['carrierReviewerName'],
  carrier_reviewer_email: ['carrierReviewerEmail'],
  contact_type: ['contact', 'type'],
  contact_name: ['contact', 'name'],
} as const satisfies Partial<Record<keyof EventRow, readonly string[]>>;

type Column = keyof typeof COLUMNS;
type Columns = Readonly<Record<Column, string | null>>;

/**
 * The row of an event: what reports ask for as columns, the payload besides. A payload of another shape fills fewer
 * columns; it never makes an event fail.
 */
export function flattenEvent(event: Event, nowMs: number): EventRow {
  const links = new Map(event.attachments.map(readAttachmentLink).map(({ id, shown }) => [id, shown]));
  return newEventRow({
    event_date: Math.floor(event.timestamp / DAY_MS),
    trace_id: event.trace_id,
    event_type: event.event_type,
    event_subtype: subtypeOf(event),
    timestamp: event.timestamp,
    source_system: event.source_system,
    ...columnsOf(event.payload),
    attachments: [...links.values()],
    attachment_count: links.size,
    payload: event.payload,
    created_at: nowMs,
  });
}

/** As the source says, else the last part of the type: `documentsReceived`. */
export function subtypeOf({ event_type: type, event_subtype: subtype }: Event): string {
  return subtype ?? type.slice(type.lastIndexOf('.') + 1);
}

/** The columns of a payload; null where it does not say. */
export function columnsOf(payload: string | null): Columns {
  const root = parse(payload);
  const entries = Object.entries(COLUMNS).map(([column, path]) => [column, textAt(root, path)]);
  return Object.fromEntries(entries) as Columns;
}

function parse(payload: string | null): unknown {
  try {
    return payload === null ? null : JSON.parse(payload);
  } catch {
    return null;
  }
}

function textAt(root: unknown, path: readonly string[]): string | null {
  let value = root;
  for (const name of path) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : null;
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

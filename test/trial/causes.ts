const permanent = (text: string): RegExp => new RegExp(`^permanent .*${text}`);
const lacks = (field: string): RegExp => new RegExp(`the JSON is not an event \\(${field}: `);
const neither = /the value is neither Avro nor JSON/;

/** For everything that is wrong in a sample: what its dead letter says (category, status, error). */
export const causes: Readonly<Record<string, RegExp>> = {
  // Records that are no events.
  'no value': /the record has no value/,
  'empty value': /the value is empty/,
  'cut short': neither,
  'not JSON': neither,
  bytes: neither,
  'a list': lacks('value'),
  'Avro of an unknown schema': /schema/i,
  'no event_id': lacks('event_id'),
  'empty event_id': lacks('event_id'),
  'no project_id': lacks('project_id'),
  'event_type is null': lacks('event_type'),
  'project_id is a number': lacks('project_id'),
  'ingested_at is not a time': lacks('ingested_at'),
  'ingested_at without a zone': lacks('ingested_at'),
  'media_id is an object': lacks('media_id'),
  'no trace_id': lacks('trace_id'),
  'empty trace_id': lacks('trace_id'),
  'no event_type': lacks('event_type'),
  'trace_id is a number': lacks('trace_id'),
  'timestamp is not a time': lacks('timestamp'),
  'timestamp without a zone': lacks('timestamp'),
  'attachments are objects': lacks('attachments'),
  'attachments is a text': lacks('attachments'),
  // Calls of the API.
  'bad-request': /^permanent 422 /,
  broken: /^exhausted 500 /,
  // Files. Xact has nobody to ask for another link.
  forbidden: /^(auth|permanent|exhausted) 403 /,
  'expired-link': /^\w+ .*has expired/,
  gone: /^permanent 404 /,
  'foreign-host': permanent('files\\.example\\.net'),
  'private-address': permanent('169\\.254\\.169\\.254'),
  'bad-type': permanent('files of type \\.exe are not allowed'),
  oversized: permanent('is larger than'),
  'no-link': permanent(''),
};

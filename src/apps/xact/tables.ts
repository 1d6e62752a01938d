import { tableSet } from '../shared/table-set.ts';
import { attachmentRowSchema, eventRowSchema } from './schemas.generated.ts';

/** The two Delta tables with what makes a row the same. */
export const xactTables = tableSet({
  // By day: reports ask for days, and a merge looks only at the files of the days that its events are of. The day is a
  // merge key for that; it follows from the event's own time, so the same event never has two.
  xact_events: { schema: eventRowSchema, mergeKeys: ['event_date', 'trace_id'], partitionBy: ['event_date'] },
  // The upload stage writes the row without a status, the result processor with the final one; either may be first.
  xact_attachments: {
    schema: attachmentRowSchema,
    mergeKeys: ['trace_id', 'attachment_id'],
    filledLater: ['status'],
  },
});

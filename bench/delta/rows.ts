import { array, field, struct } from '../../src/sinks/delta/schema.ts';

/** The table of the comparison: 12 columns, nulls at every level; delta_rs.py has the same. */
export const schema = struct(
  field('event_id', 'string'),
  field('event_type', 'string'),
  field('media_id', 'long'),
  field('file_name', 'string'),
  field('url', 'string'),
  field('ingested_at', 'timestamp'),
  field('updated_at', 'timestamp'),
  field('done', 'boolean'),
  field('valid', 'boolean'),
  field('bytes', 'long'),
  field('score', 'double'),
  field('attrs', struct(field('source', 'string'), field('retry', 'integer'), field('labels', array('string')))),
);

export function rowAt(k: number, source: string): Record<string, unknown> {
  return {
    event_id: `evt-${k}`,
    event_type: ['CREATED', 'ADDED', 'COMPLETED'][k % 3],
    media_id: k,
    file_name: k % 7 ? `file_${k}.jpg` : null,
    url: `https://example.com/${source}/${k % 1000}/p`,
    ingested_at: 1.7e12 + k * 1000,
    updated_at: k % 5 ? 1.7e12 + k * 1001 : null,
    done: k % 2 === 0,
    valid: k % 3 ? true : null,
    bytes: k * 1000,
    score: k / 7,
    attrs: k % 11 ? { source, retry: k % 4, labels: k % 2 ? ['l1', `l${k % 9}`] : null } : null,
  };
}

import { bytes } from './bytes.ts';
import { json } from './json.ts';
import { bigint64, boolean, float64, int32, int64 } from './numbers.ts';
import { text } from './text.ts';
import { sessionWindowed, windowed } from './windowed.ts';

/** The serdes that need no schema. Their bytes are those of Kafka's own serdes of the same type. */
export const serdes = Object.freeze({
  string: text,
  int32,
  int64,
  bigint64,
  float64,
  boolean,
  bytes,
  json,
  windowed,
  sessionWindowed,
});

import { z } from 'zod';

/** A text that must be there. */
export const requiredText = z.string().min(1);

/** A time in ISO 8601 with a zone, or in ms since the epoch; becomes ms. */
export const timeField = z.union([
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  z.int().nonnegative(),
]);

/** A payload: JSON as text, or as it is; becomes text. */
export const payloadField = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .nullish()
  .transform((payload) =>
    typeof payload === 'object' && payload !== null ? JSON.stringify(payload) : (payload ?? null),
  );

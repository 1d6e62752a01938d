import { StreamsError } from '../core/errors.ts';

/** Stands in for `forward` until a processor's `init` was called. */
export function unready(): never {
  throw new StreamsError(
    'ILLEGAL_STATE',
    'A processor was given a record before init(); the runtime must call init() first.',
  );
}

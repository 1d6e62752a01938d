const PREFIX = '__streams.errors.';

/** The headers of a dead letter (KIP-1034), whoever writes it: a handler's verdict or a `retry` branch. */
export const ERROR_HEADERS = Object.freeze({
  exception: `${PREFIX}exception`,
  message: `${PREFIX}message`,
  stacktrace: `${PREFIX}stacktrace`,
  topic: `${PREFIX}topic`,
  partition: `${PREFIX}partition`,
  offset: `${PREFIX}offset`,
  /** Ours: what was left out, since with these headers the record would not have fitted. */
  truncated: `${PREFIX}truncated`,
});

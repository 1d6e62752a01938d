import { StreamsError, messageOf } from '../core/errors.ts';
import type { Serde } from '../core/serde.ts';

/** JSON text in UTF-8. `T` is taken at its word: nothing checks that what was read looks like it. */
export function json<T>(): Serde<T> {
  return {
    name: 'json',
    serialize(_topic, value): Buffer {
      // JSON.stringify answers undefined for a function or a symbol, though its type does not say so.
      const written = stringify(value);
      if (written === undefined) throw new StreamsError('SERIALIZATION', `json: a ${typeof value} has no JSON form`);
      return Buffer.from(written, 'utf8');
    },
    deserialize(_topic, bytes): T {
      return parseJson(bytes) as T;
    },
  };
}

/**
 * Parses JSON text. The message names the position but quotes nothing: Node's own message carries a piece of the
 * text, which may be personal data.
 * @throws DESERIALIZATION
 */
export function parseJson(bytes: Buffer): unknown {
  const written = bytes.toString('utf8');
  try {
    return JSON.parse(written);
  } catch (error) {
    const position = /at position (\d+)/.exec(messageOf(error))?.[1];
    const where = position === undefined ? `in ${bytes.length} bytes` : `at position ${position}`;
    throw new StreamsError('DESERIALIZATION', `json: the text is not valid JSON (${where})`);
  }
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new StreamsError('SERIALIZATION', `json: ${messageOf(error)}`, { cause: error });
  }
}

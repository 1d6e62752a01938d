import { readFile } from 'node:fs/promises';

import { parse } from 'yaml';

import { StreamsError, messageOf } from '../../core/errors.ts';
import { isObject, type ConfigLayer } from './layer.ts';

/** Settings of a YAML or JSON file (JSON is YAML). @throws CONFIG_INVALID */
export async function fileLayer(path: string): Promise<ConfigLayer> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new StreamsError('CONFIG_INVALID', `cannot read the configuration: ${messageOf(error)}`, { cause: error });
  });
  const values: unknown = parsed(path, text) ?? {};
  if (!isObject(values)) {
    throw new StreamsError(
      'CONFIG_INVALID',
      `${path}: expected settings such as "kafka:" at the top, found something else`,
    );
  }
  return { values, origin: () => path };
}

function parsed(path: string, text: string): unknown {
  try {
    return parse(text, { prettyErrors: true });
  } catch (error) {
    // The rest of the parser's message is an excerpt of the file over several lines.
    const [first = ''] = messageOf(error).split('\n');
    throw new StreamsError('CONFIG_INVALID', `${path} is not valid YAML or JSON: ${first.replace(/:$/, '')}`, {
      cause: error,
    });
  }
}

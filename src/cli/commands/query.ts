import { Command, InvalidArgumentError, Option } from 'commander';

import { ERROR_CODES, type ErrorCode, StreamsError } from '../../core/errors.ts';
import { createHttpClient } from '../../http/client.ts';
import { retry } from '../../http/retry.ts';
import { EXIT_FAILURE } from '../failure.ts';
import { collect, configOf, wholeNumber } from '../flags.ts';
import type { CommandSurroundings } from '../program.ts';
import { showAnswer, type StoreAnswer } from '../query-text.ts';
import { DEFAULT_PORT } from '../status-server.ts';

const HELP = `
Reads from a process that was started with --queries. Any instance will do: what another one has is fetched from there.
Without --store it lists the stores; without --key it lists a store's keys, a page at a time.

Keys are given as text, numbers, or JSON, whichever the store's keys are. Exit codes: 0 found, 1 no such key or no answer.

Examples:
  topology start --app claimx --embedded --queries         in one terminal, and in another:
  topology query                                           which stores there are, and who has them
  topology query --store counts                            the first keys and values
  topology query --store counts --key fox                  one value, with its time and where it came from
  topology query --store counts --prefix a --limit 100
  topology query --store counts --from a --to f --format json
  topology query --store clicks-per-minute --key fox --from-ms 1760000000000 --to-ms 1760003600000
                                                           windows (or sessions) of a key in a span of time
  topology query --store prices --key 7 --as-of 1760000000000
                                                           what a versioned store held at a time
  topology query --store counts --key fox --stale 1000     from a standby too, at most 1,000 records behind
  topology query --store counts --local --url http://10.0.0.7:8080
                                                           what that one process holds`;

interface QueryFlags {
  readonly app?: string;
  readonly store?: string;
  readonly key?: string;
  readonly url?: string;
  readonly format: 'table' | 'json';
  readonly config?: readonly string[];
  readonly [parameter: string]: unknown;
}

/** Flags that are passed on as they are, and the parameter that each one is. */
const PARAMETERS: Readonly<Record<string, string>> = {
  app: 'app',
  from: 'from',
  to: 'to',
  prefix: 'prefix',
  fromMs: 'fromMs',
  toMs: 'toMs',
  asOf: 'asOf',
  limit: 'limit',
  after: 'after',
  local: 'local',
  stale: 'stale',
};

const TRIES = 5;

export function queryCommand(surroundings: CommandSurroundings): Command {
  return new Command('query')
    .description('Read a store of a running application.')
    .option('--store <name>', 'the store; without it, the stores are listed')
    .option('--key <key>', 'one key; without it, keys are listed')
    .option('--from <key>', 'first key of a range')
    .option('--to <key>', 'last key of a range')
    .option('--prefix <text>', 'keys that begin so')
    .option('--from-ms <ms>', 'windows that start, sessions that end, versions that hold from then on', wholeNumber)
    .option('--to-ms <ms>', 'the same until then', wholeNumber)
    .option('--as-of <ms>', 'of a versioned store: what held then', wholeNumber)
    .option('--limit <n>', 'so many entries', wholeNumber, 20)
    .option('--after <token>', 'go on where an earlier answer ended')
    .option('--stale [records]', 'let standbys answer, at most so many records behind')
    .option('--local', 'ask that one process, not the others of its group')
    .option('--app <application id>', 'where several applications of the process have a store of that name')
    .option('--url <url>', 'the process (default: http://127.0.0.1 and health.port)', url)
    .option('--config <file>', 'for health.port', collect)
    .addOption(new Option('--format <format>', 'how to print it').choices(['table', 'json']).default('table'))
    .addHelpText('after', HELP)
    .action((_flags: unknown, command: Command) => query(command.optsWithGlobals<QueryFlags>(), surroundings));
}

async function query(flags: QueryFlags, { terminal, environment, exitCode }: CommandSurroundings): Promise<void> {
  const { store, key, format } = flags;
  const { health } = await configOf(flags.config === undefined ? {} : { config: flags.config }, environment);
  const base = flags.url ?? `http://127.0.0.1:${health.port ?? DEFAULT_PORT}`;
  const { found, body } = await ask(addressOf(base, store, key, flags));
  terminal.out(format === 'json' ? `${JSON.stringify(body, null, 2)}\n` : showAnswer(body));
  if (!found) exitCode(EXIT_FAILURE);
}

function addressOf(base: string, store: string | undefined, key: string | undefined, flags: QueryFlags): URL {
  const path = ['stores', ...(store === undefined ? [] : [store, 'keys']), ...(key === undefined ? [] : [key])];
  const address = new URL(`/${path.map(encodeURIComponent).join('/')}`, base);
  for (const [flag, parameter] of Object.entries(PARAMETERS)) {
    const value = flags[flag];
    if (typeof value === 'string' || typeof value === 'number' || value === true) {
      address.searchParams.set(parameter, String(value));
    }
  }
  return address;
}

/** Asks again while the group moves. @throws QUERY_INVALID, STORE_UNKNOWN, …: what the process says */
async function ask(address: URL): Promise<{ readonly found: boolean; readonly body: StoreAnswer }> {
  const http = createHttpClient();
  try {
    return await retry(
      async () => {
        const answer = await http.send(address).catch((cause: unknown) => {
          const message = `no answer from ${address.origin}: is the application running there, started with --queries?`;
          throw new StreamsError('INSTANCE_UNAVAILABLE', message, { cause, retriable: false });
        });
        const body = parse(await answer.text(), address);
        const { error } = body;
        if (answer.status === 200 || error?.code === 'NO_VALUE') return { found: answer.status === 200, body };
        const message = `${error?.message ?? `status ${answer.status}`} (${address.origin})`;
        throw new StreamsError(codeOf(error?.code), message, { retriable: answer.status === 503 });
      },
      { attempts: TRIES, baseMs: 500 },
    );
  } finally {
    await http.close();
  }
}

function codeOf(code: string | undefined): ErrorCode {
  return code !== undefined && code in ERROR_CODES ? (code as ErrorCode) : 'QUERY_INVALID';
}

function parse(text: string, address: URL): StoreAnswer {
  try {
    return JSON.parse(text) as StoreAnswer;
  } catch (cause) {
    const message = `${address.origin} does not serve stores: start the application with --queries`;
    throw new StreamsError('INSTANCE_UNAVAILABLE', message, { cause, retriable: false });
  }
}

function url(value: string): string {
  if (!URL.canParse(value) || !/^https?:/.test(value)) throw new InvalidArgumentError('Expected http://host:port.');
  return value;
}

import { messageOf, StreamsError } from '../../core/errors.ts';
import { partitionName, type PartitionOffset } from '../../core/record.ts';
import type { KafkaClient, Producer } from '../../kafka/client.ts';
import { partitionOf } from '../../kafka/wire/murmur2.ts';
import { placeOf, replayHeaders, type DeadLetter } from './dead-letter.ts';
import type { DeadLetterFilter } from './dead-letter-filter.ts';
import type { DeadLetters, ReplayOf } from './dead-letters.ts';
import type { ReplayMarks } from './replay-marks.ts';

export interface ReplayOptions {
  readonly filter: DeadLetterFilter;
  /** Those too that were sent again before (default false). */
  readonly again?: boolean;
  /** Sends them; without it the answer says what would be sent (default false). */
  readonly execute?: boolean;
}

export interface Replayed {
  /** By the topics that they were, or would be, sent to. */
  readonly sent: Readonly<Record<string, number>>;
  /** Left out, since they were sent again before. */
  readonly before: number;
  /** Cannot be sent again, and why. */
  readonly refused: readonly { readonly place: string; readonly why: string }[];
}

/** What one transaction holds at most, and for how long: letters that nobody wants may lie between two that are sent. */
const TRANSACTION_RECORDS = 500;
const TRANSACTION_MS = 2000;
const TRANSACTION_TIMEOUT_MS = 60_000;

/**
 * Sends dead letters again to the topics that they came from, with their tries back at zero.
 *
 * Each transaction holds some records, the marks that they were sent, and the group's positions: so a record is sent once,
 * whatever is killed meanwhile. A second replay at the same time fences the first.
 *
 * @throws FENCED, and whatever the cluster answers; what was committed before stays sent and marked
 */
export async function replayDeadLetters(letters: DeadLetters, options: ReplayOptions): Promise<Replayed> {
  const { client, group } = letters.options;
  if (options.execute !== true) return new Replay(letters, options, await letters.readMarks(), null).run();
  const producer = client.producer({ transactionalId: group, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS });
  try {
    // Takes the place of whoever replays already, so the marks that are read next are final.
    await producer.init();
    const marks = await letters.readMarks();
    await marks.create(client);
    return await new Replay(letters, options, marks, producer).run();
  } finally {
    await producer.close();
  }
}

class Replay {
  readonly #letters: DeadLetters;
  readonly #client: KafkaClient;
  readonly #options: ReplayOptions;
  readonly #marks: ReplayMarks;
  readonly #producer: Producer | null;
  readonly #sent = new Map<string, number>();
  readonly #refused: { readonly place: string; readonly why: string }[] = [];
  readonly #partitions = new Map<string, number>();
  readonly #positions = new Map<string, PartitionOffset>();
  /** Partitions with a letter that was not sent. */
  readonly #gaps = new Set<string>();
  #before = 0;
  /** Letters in the open transaction, and since when it is open. */
  #open = 0;
  #openedMs = 0;

  constructor(letters: DeadLetters, options: ReplayOptions, marks: ReplayMarks, producer: Producer | null) {
    this.#letters = letters;
    this.#client = letters.options.client;
    this.#options = options;
    this.#marks = marks;
    this.#producer = producer;
  }

  async run(): Promise<Replayed> {
    const replayOf = await this.#letters.openReplay();
    await this.#letters.visit(this.#options.filter, this.#marks, async (letter, matching) => {
      if (matching && (await this.#take(letter, replayOf))) this.#pass(letter, true);
      else this.#pass(letter, letter.replayedAtMs !== null);
      if (this.#open >= TRANSACTION_RECORDS || this.#now() - this.#openedMs > TRANSACTION_MS) await this.#commit();
    });
    await this.#commit();
    return { sent: Object.fromEntries(this.#sent), before: this.#before, refused: this.#refused };
  }

  /** Whether it was, or would be, sent. */
  async #take(letter: DeadLetter, replayOf: ReplayOf): Promise<boolean> {
    if (letter.replayedAtMs !== null && this.#options.again !== true) {
      this.#before++;
      return false;
    }
    try {
      const { topic, value, key = letter.key } = replayOf(letter);
      const partitions = await this.#partitionsOf(topic);
      if (this.#producer) {
        const now = this.#now();
        if (this.#open++ === 0) {
          this.#producer.beginTransaction();
          this.#openedMs = now;
        }
        const partition = key === null ? letter.partition % partitions : partitionOf(key, partitions);
        if (!this.#producer.ready) await this.#producer.drained();
        this.#producer.send(topic, partition, key, value, letter.timestamp, replayHeaders(letter, now));
        this.#marks.set(this.#producer, letter, now);
      }
      this.#sent.set(topic, (this.#sent.get(topic) ?? 0) + 1);
      return true;
    } catch (error) {
      if (!isAboutRecord(error)) throw error;
      this.#refused.push({ place: placeOf(letter), why: messageOf(error) });
      return false;
    }
  }

  /** The group's position goes past a letter that was sent, unless one before it was not. */
  #pass({ topic, partition, offset }: DeadLetter, sent: boolean): void {
    const name = partitionName(topic, partition);
    if (this.#gaps.has(name)) return;
    if (sent) this.#positions.set(name, { topic, partition, offset: offset + 1 });
    else this.#gaps.add(name);
  }

  async #commit(): Promise<void> {
    if (this.#open === 0 || !this.#producer) return;
    const group = { groupId: this.#letters.options.group, generationId: -1, memberId: '', groupInstanceId: null };
    await this.#producer.sendOffsets(
      group,
      Array.from(this.#positions.values(), (position) => ({ ...position, metadata: '' })),
    );
    await this.#producer.commitTransaction();
    this.#open = 0;
  }

  #now(): number {
    return this.#letters.options.clock.now();
  }

  async #partitionsOf(topic: string): Promise<number> {
    const known = this.#partitions.get(topic);
    if (known !== undefined) return known;
    const count = (await this.#client.admin.describeTopics([topic])).get(topic)?.partitions;
    if (count === undefined) throw new StreamsError('TOPIC_MISSING', `there is no topic ${topic} to replay to`);
    this.#partitions.set(topic, count);
    return count;
  }
}

/** Errors that say of one record that it cannot be sent again; all others end the replay. */
function isAboutRecord(error: unknown): boolean {
  if (!(error instanceof StreamsError)) return true;
  return ['DESERIALIZATION', 'SERIALIZATION', 'CONFIG_INVALID', 'RECORD_TOO_LARGE'].includes(error.code);
}

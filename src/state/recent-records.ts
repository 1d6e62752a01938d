import { PAGE_RECORDS, RECORD_BYTES, RecordPage } from './record-page.ts';

const LEAST_SLOTS = 512;
const SPARE_PAGES = 2;

export interface RecentRecordsLimits {
  /** What keys, times and links may take, in bytes: beyond it the oldest records that are on disk are forgotten. */
  readonly indexMaxBytes: number;
  /** What values may take, in bytes: beyond it the oldest that are on disk are let go. */
  readonly valuesMaxBytes: number;
}

/**
 * The latest records of one side of a join, in the order in which they came, and a chain of records for each slot of a
 * hash of the key. Records are in pages without an object, a string or an entry of a map for each, and leave by the page:
 * once all of a page are past the retention, or from the oldest on when there are too many. What is not on disk yet stays
 * until it is, unless it has expired: then it need not get there.
 */
export class RecentRecords {
  readonly #limits: RecentRecordsLimits;
  /** Oldest first, with consecutive numbers: a record's number is that of its page times {@link PAGE_RECORDS}, and its place. */
  #pages: RecordPage[] = [];
  #firstPage = 0;
  #records = 0;
  readonly #spare: RecordPage[] = [];
  /** By slot: the number of the latest record; one of a page that has left counts as none. */
  #heads = new Float64Array(LEAST_SLOTS).fill(-1);
  /** Records with lower numbers are on disk. */
  #committed = 0;
  /** Where the commit that is being written ends; null: there is none. */
  #committing: number | null = null;
  /** Of all records that were ever added: keys, values and what stands beside them. */
  #bytes = 0;
  #committedBytes = 0;
  #committingBytes = 0;
  #indexBytes = 0;
  #valueBytes = 0;
  /** Every record of this time or a later one is here, unless it has expired. */
  completeFrom = 0;

  constructor(limits: RecentRecordsLimits) {
    this.#limits = limits;
  }

  /** What is not on disk yet and has to get there. */
  get uncommittedBytes(): number {
    return this.#bytes - Math.max(this.#committedBytes, this.#pages[0]?.bytesBefore ?? this.#bytes);
  }

  /** `oldest`: records before that time have expired. */
  add(key: Buffer, value: Buffer, time: number, sequence: number, oldest: number): void {
    let page = this.#pages.at(-1);
    if (page?.fits(key.length, value.length) !== true) page = this.#newPage(key.length, value.length, oldest);
    const at = page.add(key, value);
    page.times[at] = time;
    page.sequences[at] = sequence;
    page.hashes[at] = hashOf(key);
    if (time > page.maxTime) page.maxTime = time;
    this.#link(page, at);
    if (++this.#records > this.#heads.length) this.#grow();
    this.#bytes += key.length + value.length + RECORD_BYTES;
  }

  /** Adds one that was read from the disk. Only while there is none that has to get there. */
  addCommitted(key: Buffer, value: Buffer, time: number, sequence: number): void {
    this.add(key, value, time, sequence, 0);
    this.#committed = this.#pages.at(-1)?.end ?? this.#committed;
    this.#committedBytes = this.#bytes;
  }

  /** Puts the numbers of a key's records with times in [first, last] into `found`, latest arrival first. */
  find(key: Buffer, first: number, last: number, found: number[]): void {
    const hash = hashOf(key);
    let number = this.#heads[hash & (this.#heads.length - 1)] ?? -1;
    for (let page = this.#pageOf(number); page !== undefined; page = this.#pageOf(number)) {
      const at = number - page.first;
      const time = page.times[at] ?? -1;
      if (time >= first && time <= last && page.hashes[at] === hash && page.hasKey(at, key)) found.push(number);
      if ((page.latestBefore[at] ?? -1) < first) return;
      number = page.nexts[at] ?? -1;
    }
  }

  timeOf(number: number): number {
    const page = this.#pageOf(number);
    return page?.times[number - page.first] ?? -1;
  }

  sequenceOf(number: number): number {
    const page = this.#pageOf(number);
    return page?.sequences[number - page.first] ?? -1;
  }

  /** A copy; null: it is on disk only. */
  valueOf(number: number): Buffer | null {
    const page = this.#pageOf(number);
    return page?.copyValue(number - page.first) ?? null;
  }

  beginCommit(): void {
    this.#committing = this.#pages.at(-1)?.end ?? this.#committed;
    this.#committingBytes = this.#bytes;
  }

  /** The records of the commit that is being written, page by page: a page and the places [from, to) in it. */
  *toCommit(): Generator<readonly [page: RecordPage, from: number, to: number]> {
    const end = this.#committing ?? this.#committed;
    for (const page of this.#pages.slice()) {
      const from = Math.max(0, this.#committed - page.first);
      const to = Math.min(page.count, end - page.first);
      if (from < to) yield [page, from, to];
    }
  }

  endCommit(): void {
    this.#committed = this.#committing ?? this.#committed;
    this.#committedBytes = this.#committingBytes;
    this.#committing = null;
    this.#keepLimits();
  }

  /** The commit failed: its records are uncommitted again. */
  undoCommit(): void {
    this.#committing = null;
  }

  /** Forgets everything; from `completeFrom` on there will be all that comes. */
  clear(completeFrom: number): void {
    this.#committing = null;
    this.#committedBytes = this.#bytes;
    this.#firstPage += this.#pages.length;
    this.#pages = [];
    this.#records = 0;
    this.#heads = new Float64Array(LEAST_SLOTS).fill(-1);
    this.#indexBytes = 0;
    this.#valueBytes = 0;
    this.completeFrom = completeFrom;
  }

  /** Lets go of pages whose records all are older. */
  forgetBefore(oldest: number): void {
    for (let page = this.#pages[0]; page !== undefined && page.maxTime < oldest; page = this.#pages[0]) {
      // A commit may have to be read back at its own time, at which they had not expired.
      if (this.#committing !== null && page.first < this.#committing && page.end > this.#committed) return;
      this.#forgetFirst(page);
    }
  }

  #newPage(keyLength: number, valueLength: number, oldest: number): RecordPage {
    this.forgetBefore(oldest);
    this.#keepLimits();
    const page = this.#spare.pop() ?? new RecordPage();
    page.begin((this.#firstPage + this.#pages.length) * PAGE_RECORDS, this.#bytes, keyLength, valueLength);
    this.#pages.push(page);
    this.#indexBytes += page.indexBytes;
    this.#valueBytes += page.valueBytes;
    return page;
  }

  #keepLimits(): void {
    const { indexMaxBytes, valuesMaxBytes } = this.#limits;
    for (const page of this.#pages) {
      if (this.#valueBytes <= valuesMaxBytes || page.end > this.#committed) break;
      this.#valueBytes -= page.valueBytes;
      page.letValuesGo();
    }
    for (let page = this.#pages[0]; page !== undefined && this.#indexBytes > indexMaxBytes; page = this.#pages[0]) {
      if (page.end > this.#committed) return;
      this.completeFrom = Math.max(this.completeFrom, page.maxTime + 1);
      this.#forgetFirst(page);
    }
  }

  #forgetFirst(page: RecordPage): void {
    this.#pages.shift();
    this.#firstPage++;
    this.#records -= page.count;
    this.#indexBytes -= page.indexBytes;
    this.#valueBytes -= page.valueBytes;
    if (this.#spare.length < SPARE_PAGES) this.#spare.push(page);
  }

  #pageOf(number: number): RecordPage | undefined {
    return this.#pages[Math.floor(number / PAGE_RECORDS) - this.#firstPage];
  }

  /** Puts a record in front of those of its slot. */
  #link(page: RecordPage, at: number): void {
    const slot = (page.hashes[at] ?? 0) & (this.#heads.length - 1);
    const next = this.#heads[slot] ?? -1;
    const before = this.#pageOf(next);
    const place = before === undefined ? 0 : next - before.first;
    page.nexts[at] = before === undefined ? -1 : next;
    page.latestBefore[at] =
      before === undefined ? -1 : Math.max(before.times[place] ?? -1, before.latestBefore[place] ?? -1);
    this.#heads[slot] = page.first + at;
  }

  #grow(): void {
    this.#heads = new Float64Array(2 * this.#heads.length).fill(-1);
    for (const page of this.#pages) for (let at = 0; at < page.count; at++) this.#link(page, at);
  }
}

/** FNV-1a, its upper bits mixed into the lower ones, by which slots are found. */
function hashOf(key: Buffer): number {
  let hash = 0x811c_9dc5 | 0;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] ?? 0), 0x0100_0193);
  return (hash ^ (hash >>> 15)) | 0;
}

import { randomUUID } from 'node:crypto';
import { StreamsError } from '../../core/errors.ts';
import type { Action, CommitInfo } from './actions.ts';
import { loadSnapshot } from './load-snapshot.ts';
import { listLog, nameOf, readCommit, type TableLocation } from './log.ts';
import { Snapshot } from './snapshot.ts';

/**
 * A log that nobody listed for this long may have been cleaned up: names that were taken could look free. 10 minutes is
 * far below any retention of a log (30 days by default).
 */
const RELIST_MS = 10 * 60_000;

/** A table's log as this process last saw it, kept up to date commit by commit. Used by one step at a time. */
export class TableLog {
  readonly location: TableLocation;
  #snapshot = new Snapshot();
  #checkpointVersion = -1;
  #listedAt = -Infinity;
  /** Commits of ours whose answer was lost, until they show up in the log or are known not to be there. */
  readonly #lost = new Set<string>();
  readonly #landed = new Set<string>();

  constructor(location: TableLocation) {
    this.location = location;
  }

  /** The newest state that is known. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get exists(): boolean {
    return this.#snapshot.version >= 0;
  }

  /** -1 without one. */
  get checkpointVersion(): number {
    return this.#checkpointVersion;
  }

  checkpointWritten(version: number): void {
    this.#checkpointVersion = Math.max(this.#checkpointVersion, version);
  }

  /** Brings the snapshot up to date: reads the commits that follow, or lists the log where that was long ago. */
  async refresh(): Promise<Snapshot> {
    const fresh = performance.now() - this.#listedAt < RELIST_MS;
    if (!this.exists || (!fresh && !(await this.#isContinued()))) await this.#reload();
    for (let actions = await this.#next(); actions; actions = await this.#next()) this.applied(actions);
    return this.#snapshot;
  }

  /** The actions of the commit after the snapshot; null when there is none yet. */
  next(): Promise<Action[] | null> {
    return this.#next();
  }

  /** Takes the next commit into the snapshot. */
  applied(actions: readonly Action[]): void {
    this.#snapshot.apply(this.#snapshot.version + 1, actions);
    this.#noteLanded(actions);
  }

  /**
   * To be called before a commit is planned: lists the log when that was long ago. (Not between plan and commit: what it
   * takes in is not checked for conflicts.)
   */
  async ensureFresh(): Promise<void> {
    if (performance.now() - this.#listedAt >= RELIST_MS) await this.refresh();
  }

  /** An attempt whose outcome is not known: `landed` tells, once a refresh has seen the log. */
  noteLost(txnId: string): void {
    this.#lost.add(txnId);
  }

  landed(txnId: string): boolean {
    return this.#landed.has(txnId);
  }

  forget(txnId: string): void {
    this.#lost.delete(txnId);
    this.#landed.delete(txnId);
  }

  #next(): Promise<Action[] | null> {
    return readCommit(this.location, this.#snapshot.version + 1);
  }

  /** One LIST: whether the log goes on where the snapshot ends, so that the next free name is really free. */
  async #isContinued(): Promise<boolean> {
    const { version } = this.#snapshot;
    const { commits, checkpoints } = await listLog(this.location, version);
    const next = commits.find((found) => found > version);
    const continued = next === undefined ? !checkpoints.some((found) => found.version > version) : next === version + 1;
    if (!commits.includes(version)) return false;
    if (continued) this.#listedAt = performance.now();
    return continued;
  }

  async #reload(): Promise<void> {
    const before = this.#snapshot.version;
    const loaded = await loadSnapshot(this.location);
    this.#listedAt = performance.now();
    if (!loaded) {
      if (before < 0) return;
      throw new StreamsError('TABLE_INVALID', `${nameOf(this.location)}: the log is gone`);
    }
    if (loaded.snapshot.version < before) {
      throw new StreamsError(
        'TABLE_INVALID',
        `${nameOf(this.location)}: the log went back to ${loaded.snapshot.version}`,
      );
    }
    // Commits that came in with the listing are looked through for lost ones of ours, as far as they are there.
    for (let version = before + 1; this.#lost.size > 0 && version <= loaded.snapshot.version; version++) {
      this.#noteLanded((await readCommit(this.location, version)) ?? []);
    }
    this.#snapshot = loaded.snapshot;
    this.#checkpointVersion = Math.max(this.#checkpointVersion, loaded.checkpointVersion);
  }

  #noteLanded(actions: readonly Action[]): void {
    if (this.#lost.size === 0) return;
    const txnId = txnIdOf(actions);
    if (txnId !== undefined && this.#lost.delete(txnId)) this.#landed.add(txnId);
  }
}

/** Who made a commit, for it to be told from others: see {@link CommitInfo.txnId}. */
export function txnIdOf(actions: readonly Action[]): string | undefined {
  return actions.find(({ commitInfo }) => commitInfo)?.commitInfo?.txnId;
}

export function commitInfoOf(operation: string, info: Partial<CommitInfo> = {}): CommitInfo {
  const engineInfo = 'topology-streams';
  return { timestamp: Date.now(), operation, ...info, engineInfo, txnId: randomUUID() };
}

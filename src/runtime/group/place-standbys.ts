import { byPartitionFirst } from './assignor.ts';
import { Quotas } from './quotas.ts';
import type { Seats } from './seats.ts';
import type { TagSpread } from './tag-spread.ts';
import type { TaskLags } from './task-lags.ts';

export interface PlaceStandbysOptions {
  /** The stateful tasks, and the processes that each is in already. */
  readonly places: ReadonlyMap<string, Set<string>>;
  readonly replicas: number;
  readonly seats: Seats;
  readonly lags: TaskLags;
  readonly spread: TagSpread;
}

/**
 * Gives each task its standbys, each in another process than the active task and the other copies. A copy stays where it is
 * as far as the balance and the tags allow.
 */
export function placeStandbys(options: PlaceStandbysOptions): void {
  const { places, seats, lags, spread } = options;
  const replicas = Math.min(options.replicas, seats.processes - 1);
  if (replicas <= 0) return;
  const tasks = [...places.keys()].sort(byPartitionFirst);
  const wanted = new Map(tasks.map((task) => [task, replicas]));
  const quotas = new Quotas(seats.loads(), tasks.length * replicas);
  const give = (task: string, seat: number): void => {
    const { member, standby } = seats.at(seat);
    standby.push(task);
    quotas.take(seat);
    places.get(task)?.add(member.processId);
    wanted.set(task, (wanted.get(task) ?? 0) - 1);
  };

  for (const task of tasks) {
    const used = places.get(task) ?? new Set();
    const holders = [...lags.holders(task)].sort(([, a], [, b]) => a - b);
    for (const [processId] of holders) {
      if ((wanted.get(task) ?? 0) === 0) break;
      if (used.has(processId) || spread.score(processId, used) < spread.best(used)) continue;
      const seat = seats.ofProcess(processId).find((each) => quotas.hasRoom(each) && had(seats, each, task));
      const other = seat ?? seats.ofProcess(processId).find((each) => quotas.hasRoom(each));
      if (other !== undefined) give(task, other);
    }
  }
  for (const task of tasks) {
    for (let left = wanted.get(task) ?? 0; left > 0; left--) {
      const seat = bestSeat(task, options, quotas);
      if (seat !== undefined) give(task, seat);
    }
  }
  evenOut(options);
}

function had(seats: Seats, seat: number, task: string): boolean {
  return seats.at(seat).member.offsets.has(task);
}

/** Far apart first, then where there is room, then where there is some state, then where there is least to do. */
function bestSeat(task: string, { places, seats, lags, spread }: PlaceStandbysOptions, quotas: Quotas) {
  const used = places.get(task) ?? new Set();
  let best: number | undefined;
  let bestRank: readonly number[] = [];
  seats.all.forEach(({ member: { processId } }, seat) => {
    if (used.has(processId)) return;
    const rank = [
      -spread.score(processId, used),
      quotas.hasRoom(seat) ? 0 : 1,
      lags.holders(task).has(processId) ? 0 : 1,
      seats.load(seat),
    ];
    if (best !== undefined && !before(rank, bestRank)) return;
    best = seat;
    bestRank = rank;
  });
  return best;
}

function before(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}

/** Where a seat had to take more than its share because nobody else was allowed to, others may be by now. */
function evenOut({ places, seats, spread }: PlaceStandbysOptions): void {
  const order = seats.all.map((_, seat) => seat).sort((a, b) => seats.load(b) - seats.load(a));
  for (const from of order) {
    const { member, standby } = seats.at(from);
    for (const task of standby.slice()) {
      const least = Math.min(...seats.loads());
      if (seats.load(from) - least < 2) break;
      const used = places.get(task) ?? new Set();
      const others = new Set([...used].filter((processId) => processId !== member.processId));
      const score = spread.score(member.processId, others);
      const to = order
        .filter((seat) => seats.load(from) - seats.load(seat) >= 2)
        .filter((seat) => !used.has(seats.at(seat).member.processId))
        .filter((seat) => spread.score(seats.at(seat).member.processId, others) >= score)
        .sort((a, b) => seats.load(a) - seats.load(b))[0];
      if (to === undefined) continue;
      standby.splice(standby.indexOf(task), 1);
      seats.at(to).standby.push(task);
      used.delete(member.processId);
      used.add(seats.at(to).member.processId);
    }
  }
}

import { byPartitionFirst } from './assignor.ts';
import { Quotas } from './quotas.ts';
import type { Seats } from './seats.ts';
import type { TaskLags } from './task-lags.ts';

/**
 * Gives each task a seat: in the end all seats have the same load, within one, counting `loads`, what they have already. A
 * task stays where it runs as far as that allows, goes else to who has most of its state, else to who has least to do.
 */
export function balanceTasks(
  tasks: readonly string[],
  loads: readonly number[],
  seats: Seats,
  lags: TaskLags,
): Map<string, number> {
  const quotas = new Quotas(loads, tasks.length);
  const load = [...loads];
  const result = new Map<string, number>();
  const give = (task: string, seat: number): void => {
    result.set(task, seat);
    quotas.take(seat);
    load[seat] = (load[seat] ?? 0) + 1;
  };

  // A seat that has too many gives away those of which somebody with room has the most, and keeps the others.
  const running = runningBySeat(tasks, seats, lags);
  const roomy = new Set<string>();
  seats.all.forEach(({ member }, seat) => {
    if ((running[seat]?.length ?? 0) < quotas.room(seat)) roomy.add(member.processId);
  });
  running.forEach((own, seat) => {
    const { processId } = seats.at(seat).member;
    const elsewhere = new Map(own.map((task) => [task, lags.bestElsewhere(task, processId, roomy)]));
    own.sort((a, b) => compare(elsewhere.get(b) ?? 0, elsewhere.get(a) ?? 0) || byPartitionFirst(a, b));
    for (const task of own) if (quotas.hasRoom(seat)) give(task, seat);
  });

  const open = tasks.filter((task) => !result.has(task)).sort(byPartitionFirst);
  for (const task of open) {
    let best: number | undefined;
    let bestLag = Infinity;
    for (const [processId, lag] of lags.holders(task)) {
      for (const seat of seats.ofProcess(processId)) {
        if (!quotas.hasRoom(seat)) continue;
        const better = lag < bestLag || (lag === bestLag && best !== undefined && less(load, seat, best));
        if (!better) continue;
        best = seat;
        bestLag = lag;
      }
    }
    if (best !== undefined) give(task, best);
  }

  for (const task of open) {
    if (result.has(task)) continue;
    let best = 0;
    for (let seat = 1; seat < load.length; seat++) if (less(load, seat, best)) best = seat;
    give(task, best);
  }
  return result;
}

function runningBySeat(tasks: readonly string[], seats: Seats, lags: TaskLags): string[][] {
  const running: string[][] = seats.all.map(() => []);
  for (const task of tasks) {
    const seat = seats.ofMember(lags.runner(task));
    if (seat !== undefined) running[seat]?.push(task);
  }
  return running;
}

function less(load: readonly number[], a: number, b: number): boolean {
  return (load[a] ?? 0) < (load[b] ?? 0);
}

/** Infinity is a lag like others. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

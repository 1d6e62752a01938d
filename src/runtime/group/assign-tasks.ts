import type { AssignorMember, AssignorOptions, AssignorTask, TaskAssignment } from './assignor.ts';
import { balanceTasks } from './balance-tasks.ts';
import { placeStandbys } from './place-standbys.ts';
import { Seats } from './seats.ts';
import { TagSpread } from './tag-spread.ts';
import { TaskLags } from './task-lags.ts';

/**
 * Shares out the tasks in the manner of Kafka Streams' high availability assignor (KIP-441). Pure: the same input gives the
 * same answer on every machine.
 *
 * 1. where the stateful tasks should run: balanced over the members, and where they run now or have state as far as possible
 * 2. a task whose member there is not caught up runs with who is, and is warmed up there meanwhile
 * 3. stateless tasks fill up the members
 * 4. standbys, each in another process than the other copies
 */
export function assignTasks(
  tasks: readonly AssignorTask[],
  members: readonly AssignorMember[],
  options: AssignorOptions,
): TaskAssignment {
  const seats = new Seats(members);
  if (seats.all.length === 0) return { members: new Map(), moving: 0 };
  const sorted = seats.all.map(({ member }) => member);
  const lags = new TaskLags(tasks, sorted);

  const stateful = tasks.filter(({ endOffsets }) => endOffsets !== null).map(({ id }) => id);
  const nothing = seats.all.map(() => 0);
  const target = balanceTasks(stateful, nothing, seats, lags);

  const { places, moving } = placeActives(target, seats, lags, options);

  const stateless = tasks.filter(({ endOffsets }) => endOffsets === null).map(({ id }) => id);
  const loads = seats.all.map(({ active }) => active.length);
  for (const [task, seat] of balanceTasks(stateless, loads, seats, lags)) seats.at(seat).active.push(task);

  const spread = new TagSpread(sorted, options.rackAwareAssignmentTags);
  placeStandbys({ places, replicas: options.numStandbyReplicas, seats, lags, spread });

  return {
    members: new Map(
      seats.all.map(({ member, active, warmup, standby }) => [member.id, { active, standby: [...standby, ...warmup] }]),
    ),
    moving,
  };
}

/** Where the target is not caught up and somebody else is, or at least much further, that one has the task for now. */
function placeActives(
  target: ReadonlyMap<string, number>,
  seats: Seats,
  lags: TaskLags,
  { acceptableRecoveryLag, maxWarmupReplicas }: AssignorOptions,
) {
  const places = new Map<string, Set<string>>();
  let moving = 0;
  let warmups = 0;
  for (const [task, seat] of target) {
    const { processId } = seats.at(seat).member;
    const lag = lags.lag(task, processId);
    const best = lags.bestElsewhere(task, processId);
    const littleBetter = best > acceptableRecoveryLag && best + acceptableRecoveryLag >= lag;
    if (lag <= acceptableRecoveryLag || littleBetter) {
      seats.at(seat).active.push(task);
      places.set(task, new Set([processId]));
      continue;
    }
    const now = mostCaughtUp(task, best, seats, lags);
    seats.at(now).active.push(task);
    const used = new Set([seats.at(now).member.processId]);
    places.set(task, used);
    moving++;
    if (warmups >= maxWarmupReplicas) continue;
    warmups++;
    seats.at(seat).warmup.push(task);
    used.add(processId);
  }
  return { places, moving };
}

function mostCaughtUp(task: string, lag: number, seats: Seats, lags: TaskLags): number {
  const runner = seats.ofMember(lags.runner(task));
  if (runner !== undefined && lags.lag(task, seats.at(runner).member.processId) === lag) return runner;
  let best: number | undefined;
  for (const [processId, each] of lags.holders(task)) {
    if (each !== lag) continue;
    for (const seat of seats.ofProcess(processId)) {
      if (best === undefined || seats.at(seat).active.length < seats.at(best).active.length) best = seat;
    }
  }
  return best ?? 0;
}

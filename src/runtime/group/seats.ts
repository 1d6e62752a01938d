import type { AssignorMember } from './assignor.ts';

/** A member while tasks are given out. */
export interface Seat {
  readonly member: AssignorMember;
  readonly active: string[];
  readonly warmup: string[];
  readonly standby: string[];
}

/** All members, in an order that does not depend on who asks, and by process. */
export class Seats {
  readonly all: readonly Seat[];
  readonly #byMember = new Map<string, number>();
  readonly #byProcess = new Map<string, number[]>();

  constructor(members: readonly AssignorMember[]) {
    const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.all = sorted.map((member) => ({ member, active: [], warmup: [], standby: [] }));
    this.all.forEach(({ member }, seat) => {
      this.#byMember.set(member.id, seat);
      const threads = this.#byProcess.get(member.processId);
      if (threads) threads.push(seat);
      else this.#byProcess.set(member.processId, [seat]);
    });
  }

  at(seat: number): Seat {
    const found = this.all[seat];
    if (!found) throw new RangeError(`there is no seat ${seat}`);
    return found;
  }

  ofMember(id: string | undefined): number | undefined {
    return id === undefined ? undefined : this.#byMember.get(id);
  }

  /** The threads of a process. */
  ofProcess(processId: string): readonly number[] {
    return this.#byProcess.get(processId) ?? [];
  }

  get processes(): number {
    return this.#byProcess.size;
  }

  get processIds(): Iterable<string> {
    return this.#byProcess.keys();
  }

  /** All that a seat was given so far. */
  load(seat: number): number {
    const { active, warmup, standby } = this.at(seat);
    return active.length + warmup.length + standby.length;
  }

  loads(): number[] {
    return this.all.map((_, seat) => this.load(seat));
  }
}

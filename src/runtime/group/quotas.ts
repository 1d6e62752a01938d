/**
 * How many more tasks each seat takes so that in the end all have the same load, within one: a level, and the seats that may
 * stand one above it. A seat that is above the level already takes none.
 */
export class Quotas {
  readonly #room: number[];
  readonly #mayHaveOneMore: boolean[];
  #extras: number;

  /** @param loads what each seat has already; `count` tasks are to be added */
  constructor(loads: readonly number[], count: number) {
    const level = levelOf(loads, count);
    this.#room = loads.map((load) => Math.max(0, level - load));
    this.#mayHaveOneMore = loads.map((load) => load <= level);
    this.#extras = count - this.#room.reduce((sum, room) => sum + room, 0);
  }

  /** How many tasks the seat can take at most, as it stands now. */
  room(seat: number): number {
    const oneMore = this.#extras > 0 && (this.#mayHaveOneMore[seat] ?? false);
    return (this.#room[seat] ?? 0) + (oneMore ? 1 : 0);
  }

  hasRoom(seat: number): boolean {
    return this.room(seat) > 0;
  }

  take(seat: number): void {
    const room = this.#room[seat] ?? 0;
    if (room > 0) {
      this.#room[seat] = room - 1;
      return;
    }
    this.#mayHaveOneMore[seat] = false;
    this.#extras--;
  }
}

/** The highest level to which all seats can be filled. */
function levelOf(loads: readonly number[], count: number): number {
  const sorted = [...loads].sort((a, b) => a - b);
  let left = count;
  let level = sorted[0] ?? 0;
  for (let i = 0; i < sorted.length; i++) {
    const next = sorted[i + 1] ?? Infinity;
    const seats = i + 1;
    const step = Math.min(next - level, Math.floor(left / seats));
    level += step;
    left -= step * seats;
    if (level < next) break;
  }
  return level;
}

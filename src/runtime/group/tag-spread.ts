import type { AssignorMember } from './assignor.ts';

/** How far apart processes are, by the client tags that matter (KIP-708). */
export class TagSpread {
  readonly #tags: readonly string[];
  readonly #values = new Map<string, readonly (string | undefined)[]>();
  readonly #kinds: readonly (readonly (string | undefined)[])[];

  constructor(members: readonly AssignorMember[], tags: readonly string[]) {
    this.#tags = tags;
    const kinds = new Map<string, readonly (string | undefined)[]>();
    for (const { processId, tags: own } of members) {
      const values = tags.map((tag) => own[tag]);
      this.#values.set(processId, values);
      kinds.set(JSON.stringify(values), values);
    }
    this.#kinds = [...kinds.values()];
  }

  /** In how many tags the process differs from all of these. */
  score(processId: string, used: Iterable<string>): number {
    return this.#tags.length === 0 ? 0 : this.#scoreOf(this.#values.get(processId) ?? [], used);
  }

  /** The best score that any kind of process could have. */
  best(used: Iterable<string>): number {
    if (this.#tags.length === 0) return 0;
    return Math.max(0, ...this.#kinds.map((values) => this.#scoreOf(values, used)));
  }

  #scoreOf(values: readonly (string | undefined)[], used: Iterable<string>): number {
    let score = 0;
    for (let tag = 0; tag < this.#tags.length; tag++) {
      const value = values[tag];
      if (value === undefined) continue;
      let differs = true;
      for (const processId of used) if (this.#values.get(processId)?.[tag] === value) differs = false;
      if (differs) score++;
    }
    return score;
  }
}

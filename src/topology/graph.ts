import type { LogicalNode } from './nodes/node.ts';
import { checkName } from './names.ts';

/**
 * What a builder declares: nodes, and the names Kafka Streams would give them. One counter numbers all generated names
 * of a topology; some operators take a number and throw it away, so that the others keep theirs.
 */
export class Graph {
  readonly #declared: LogicalNode[] = [];
  readonly #copartitioned: (readonly string[])[] = [];
  #next = 0;

  /** In the order of declaration. A node that is declared again (a shared repartition) takes its later place. */
  get nodes(): readonly LogicalNode[] {
    return this.#declared;
  }

  append<N extends LogicalNode>(node: N): N {
    Object.freeze(node);
    this.#declared.push(node);
    return node;
  }

  /** Names of source nodes whose topics must have the same number of partitions. */
  get copartitioned(): readonly (readonly string[])[] {
    return this.#copartitioned;
  }

  /** Asks for topics of the same number of partitions; answers the names without repetition. */
  copartition(sources: readonly string[]): readonly string[] {
    const all = [...new Set(sources)];
    this.#copartitioned.push(all);
    return all;
  }

  /** `KSTREAM-MAP-0000000003`. */
  newName(prefix: string): string {
    return prefix + String(this.#next++).padStart(10, '0');
  }

  /** `KSTREAM-AGGREGATE-STATE-STORE-0000000003`. */
  newStoreName(prefix: string): string {
    return this.newName(`${prefix}STATE-STORE-`);
  }

  /** The user's name, or a generated one. Takes a number either way, as Kafka Streams does. */
  nameOr(name: string | undefined, prefix: string, suffix = ''): string {
    const generated = this.newName(prefix);
    return name === undefined ? generated : checkName(name + suffix);
  }
}

import { StreamsError } from '../../core/errors.ts';
import { branch } from '../../processors/branch.ts';
import type { Branch } from '../../processors/branch.ts';
import { passThrough } from '../../processors/pass-through.ts';
import { checkName } from '../names.ts';
import type { NamedOptions } from '../options.ts';
import type { BranchOptions, SplitStream } from '../split-stream.ts';
import type { KStream, Predicate } from '../stream.ts';
import type { Scope, StreamShape } from './scope.ts';

interface DeclaredBranch<K, V> extends Branch<K, V> {
  readonly key: string;
}

/** Collects branches; the nodes are appended when the split ends, in `default` or `noDefault`. */
export class DeclaredSplit<K, V, B> {
  readonly #scope: Scope;
  readonly #shape: StreamShape<K, V>;
  readonly #name: string;
  readonly #branches: DeclaredBranch<K, V>[] = [];
  #ended = false;

  constructor(scope: Scope, shape: StreamShape<K, V>, options: NamedOptions) {
    this.#scope = scope;
    this.#shape = shape;
    this.#name = scope.graph.nameOr(options.name, 'KSTREAM-BRANCH-');
  }

  branch(predicate: Predicate<K, V>, options: BranchOptions<string> = {}): this {
    this.#add(options.name ?? String(this.#branches.length + 1), predicate);
    return this;
  }

  default(options: BranchOptions<string> = {}): B {
    this.#add(options.name ?? '0', null);
    return this.noDefault();
  }

  noDefault(): B {
    if (this.#ended) throw new StreamsError('TOPOLOGY_INVALID', `The split ${this.#name} was ended twice.`);
    this.#ended = true;
    const { graph } = this.#scope;
    const split = graph.append({
      kind: 'step',
      operator: 'split',
      name: this.#name,
      parents: [this.#shape.node],
      supplier: branch(this.#branches),
      uses: [],
      owns: [],
      stateless: true,
    });
    const streams: Record<string, KStream<K, V>> = {};
    for (const { key, child } of this.#branches) {
      const node = graph.append({
        kind: 'step',
        operator: 'branch',
        name: child,
        parents: [split],
        supplier: passThrough(),
        uses: [],
        owns: [],
        stateless: true,
      });
      streams[key] = this.#scope.stream({ ...this.#shape, node, name: child });
    }
    return Object.freeze(streams) as B;
  }

  #add(key: string, predicate: Predicate<K, V> | null): void {
    if (this.#branches.some((one) => one.key === key)) {
      throw new StreamsError('TOPOLOGY_INVALID', `The split ${this.#name} has two branches "${key}"; rename one.`);
    }
    const child = checkName(this.#name + key);
    this.#scope.graph.newName(child);
    this.#branches.push({ key, child, predicate });
  }
}

/** Begins a split. The types of its branches are collected by {@link SplitStream}. */
export function declareSplit<K, V>(scope: Scope, shape: StreamShape<K, V>, options: NamedOptions): SplitStream<K, V> {
  return new DeclaredSplit<K, V, unknown>(scope, shape, options) as unknown as SplitStream<K, V>;
}

import { StreamsError } from '../../core/errors.ts';
import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { SinkConnector } from '../../sinks/sink.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';
import type { ExternalSinkNode, InternalTopic, ProcessorNode, SinkNode, SourceNode } from '../topology.ts';
import { invalid } from './require-serde.ts';
import { storeSpec } from './store-spec.ts';

type Draft<N> = Omit<N, 'children' | 'kind'>;

export type DraftNode =
  | (Draft<SourceNode> & { readonly kind: 'source' })
  | (Omit<Draft<ProcessorNode>, 'stores'> & {
      readonly kind: 'processor';
      readonly stores: string[];
      readonly stateless: boolean;
    })
  | (Draft<SinkNode> & { readonly kind: 'sink'; readonly bucket: boolean })
  | (Draft<ExternalSinkNode> & { readonly kind: 'external' });

export interface ProcessorDraft {
  readonly name: string;
  readonly parents: readonly string[];
  readonly supplier: ProcessorSupplier;
  readonly stateless: boolean;
}

/** Collects the plan's nodes, stores and topics, and refuses what cannot be. */
export class PlanBuilder {
  readonly nodes = new Map<string, DraftNode>();
  readonly stores = new Map<string, StoreSpec>();
  readonly topics = new Map<string, InternalTopic>();
  /** What declarations became: several nodes may share one. */
  readonly #specs = new Map<StoreDeclaration, StoreSpec>();
  /** By the name of the source node. */
  readonly globalStores = new Map<string, StoreSpec>();
  /** Source node of each topic that is read by name. */
  readonly #readers = new Map<string, string>();
  /** Tables that are read from a topic are restored from it. */
  readonly reuseSourceTopics: boolean;

  constructor(reuseSourceTopics = false) {
    this.reuseSourceTopics = reuseSourceTopics;
  }

  addSource(node: Draft<SourceNode>): void {
    for (const topic of node.topics) {
      const other = this.#readers.get(topic);
      if (other !== undefined) {
        throw invalid(
          `Topic ${topic} is read twice, by ${other} and by ${node.name}. Read it once, and use that stream or table in both places (a table's updates are its toStream()).`,
        );
      }
      this.#readers.set(topic, node.name);
    }
    this.#add({ ...node, kind: 'source' });
  }

  addProcessor(node: ProcessorDraft): void {
    this.#add({ ...node, kind: 'processor', stores: [] });
  }

  addSink(node: Draft<SinkNode>, bucket = false): void {
    this.#add({ ...node, kind: 'sink', bucket });
  }

  /** A source, its processor, and the store that only this processor writes. */
  addGlobalStore(source: Draft<SourceNode>, processor: ProcessorDraft, spec: StoreSpec): void {
    if (this.stores.has(spec.name)) throw twoStores(spec.name);
    for (const other of this.globalStores.values()) if (other.name === spec.name) throw twoStores(spec.name);
    this.addSource(source);
    this.addProcessor(processor);
    this.globalStores.set(source.name, Object.freeze(spec));
    this.connect(processor.name, [spec.name]);
  }

  addExternal(name: string, parent: string, connector: SinkConnector): void {
    this.#add({ kind: 'external', name, parents: [parent], connector });
  }

  /** @throws TOPOLOGY_INVALID when there is another store of that name */
  addStore(spec: StoreSpec, user: string | null): void {
    const other = this.stores.get(spec.name);
    const global = [...this.globalStores.values()].some((one) => one.name === spec.name);
    if (global || (other !== undefined && other !== spec)) throw twoStores(spec.name);
    this.stores.set(spec.name, Object.freeze(spec));
    if (user !== null) this.connect(user, [spec.name]);
  }

  /** Adds the store that a node declares; `sourceTopic` serves as its changelog, if given. @throws TOPOLOGY_INVALID when a serde is missing, or the name is taken */
  addDeclaredStore(store: StoreDeclaration, node: string, operator: string, sourceTopic: string | null = null): void {
    const own = this.#specs.get(store) ?? storeSpec(store, node, operator);
    const spec = sourceTopic === null ? own : { ...own, sourceTopic };
    this.#specs.set(store, spec);
    this.addStore(spec, node);
  }

  /** Gives a processor access to stores. */
  connect(user: string, stores: readonly string[]): void {
    const node = this.nodes.get(user);
    if (node?.kind !== 'processor') throw new StreamsError('ILLEGAL_STATE', `${user} is not a processor`);
    for (const store of stores) if (!node.stores.includes(store)) node.stores.push(store);
  }

  addTopic(topic: InternalTopic): void {
    const other = this.topics.get(topic.name);
    if (other !== undefined && other.kind !== topic.kind) {
      throw invalid(`Two operators need an internal topic called ${topic.name}; give one of them another name.`);
    }
    this.topics.set(topic.name, Object.freeze(topic));
  }

  #add(node: DraftNode): void {
    if (this.nodes.has(node.name)) {
      throw invalid(`Two nodes are called ${node.name}; give one of them another \`name\`.`);
    }
    for (const parent of node.parents) {
      if (!this.nodes.has(parent))
        throw new StreamsError('ILLEGAL_STATE', `${node.name} comes before its parent ${parent}`);
    }
    this.nodes.set(node.name, node);
  }
}

function twoStores(name: string): StreamsError {
  return invalid(`Two stores are called ${name}; give one of them another name (option \`store\` or \`name\`).`);
}

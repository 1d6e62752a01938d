import type { StoreSpec } from '../../state/store-spec.ts';
import type { ExternalSinkNode, PlanNode, SinkNode, SourceNode, SubTopology, TopologyPlan } from '../topology.ts';
import { Canvas } from './canvas.ts';
import { renderAppJson, type AppJson } from './json.ts';
import { operatorLabel } from './operator-label.ts';
import type { Picture, StagePlan } from './picture.ts';
import { tablesOf } from './tables-of.ts';

export interface DrawOptions {
  readonly title?: string;
  /** Completes the names of internal topics; without it they are shown as the plan has them. */
  readonly applicationId?: string;
}

/** The picture of one plan. */
export function drawPlan(plan: TopologyPlan, options: DrawOptions = {}): Picture {
  const canvas = new Canvas();
  new PlanDrawing(canvas, { prefix: '', stage: null, applicationId: options.applicationId ?? null }).draw(plan);
  return canvas.finish(options.title ?? null, 'LR');
}

/**
 * The picture of an application: its stages, joined by the topics and tables that they share. It flows from top to
 * bottom, since a chain of stages from left to right is too wide for any page.
 */
export function drawApp(stages: readonly StagePlan[], options: { readonly title?: string } = {}): Picture {
  const canvas = new Canvas();
  const { topics } = renderAppJson(stages);
  for (const { name, applicationId, plan } of stages) {
    const label = name === applicationId ? name : `${name} · ${applicationId}`;
    const cluster = canvas.cluster(`stage ${name}`, { kind: 'stage', label, parent: null });
    const place = { prefix: `${name} `, stage: cluster, applicationId, ownTopics: ownTopics(name, topics) };
    new PlanDrawing(canvas, place).draw(plan);
  }
  return canvas.finish(options.title ?? null, 'TB');
}

/** Topics that one stage writes and reads, and no other: its retry buckets, for instance. They are drawn inside it. */
function ownTopics(stage: string, topics: AppJson['topics']): ReadonlySet<string> {
  const own = topics.filter(({ writers, readers }) => [writers, readers].every((names) => names.join() === stage));
  return new Set(own.map(({ name }) => name));
}

/** Where the boxes of one plan go. */
interface Place {
  /** Keeps the boxes of stages apart that have the same name. */
  readonly prefix: string;
  readonly stage: string | null;
  readonly applicationId: string | null;
  readonly ownTopics?: ReadonlySet<string>;
}

class PlanDrawing {
  readonly #canvas: Canvas;
  readonly #prefix: string;
  readonly #stage: string | null;
  readonly #applicationId: string | null;
  readonly #ownTopics: ReadonlySet<string>;

  constructor(canvas: Canvas, { prefix, stage, applicationId, ownTopics = new Set() }: Place) {
    this.#canvas = canvas;
    this.#prefix = prefix;
    this.#stage = stage;
    this.#applicationId = applicationId;
    this.#ownTopics = ownTopics;
  }

  draw(plan: TopologyPlan): void {
    for (const subTopology of plan.subTopologies) this.#subTopology(subTopology);
  }

  #subTopology(subTopology: SubTopology): void {
    const cluster = this.#canvas.cluster(`${this.#prefix}sub ${subTopology.id}`, {
      kind: 'subTopology',
      label: `sub-topology ${subTopology.id}`,
      parent: this.#stage,
    });
    const ids = new Map<string, string>();
    for (const node of subTopology.nodes) ids.set(node.name, this.#node(node, cluster));
    const stores = new Map<string, string>();
    for (const store of subTopology.stores) stores.set(store.name, this.#store(store, cluster));

    for (const node of subTopology.nodes) {
      const id = ids.get(node.name) ?? node.name;
      if (node.kind === 'source') this.#topicsOf(node, id, cluster);
      for (const child of node.children) this.#canvas.edge(id, ids.get(child) ?? child, 'flow');
      if (node.kind === 'sink') this.#canvas.edge(id, this.#target(node, cluster), 'flow');
      if (node.kind === 'external') for (const target of this.#tables(node)) this.#canvas.edge(id, target, 'flow');
      if (node.kind === 'processor') {
        for (const store of node.stores) this.#canvas.edge(id, stores.get(store) ?? store, 'state');
      }
    }
  }

  #node(node: PlanNode, cluster: string): string {
    const { label, detail } = operatorLabel(node.name);
    const kind = node.kind === 'external' ? 'externalSink' : node.kind;
    return this.#canvas.node(`${this.#prefix}${node.name}`, { kind, label, detail, cluster });
  }

  #store(store: StoreSpec, cluster: string): string {
    const details = [
      STORE_KINDS[store.kind],
      ...(store.persistent ? [] : ['in memory']),
      ...(store.logged ? [] : ['no changelog']),
    ];
    return this.#canvas.node(`${this.#prefix}store ${store.name}`, {
      kind: 'store',
      label: store.name,
      detail: details.join(', '),
      cluster,
    });
  }

  #topicsOf(source: SourceNode, id: string, cluster: string): void {
    for (const topic of source.topics) this.#canvas.edge(this.#topic(topic, source.internal, cluster), id, 'flow');
    if (source.pattern) {
      const label = `/${source.pattern.source}/`;
      const pattern = { kind: 'topic', label, detail: 'every topic that matches', cluster: null } as const;
      this.#canvas.edge(this.#canvas.node(`topics ${label}`, pattern), id, 'flow');
    }
  }

  #target(sink: SinkNode, cluster: string): string {
    if (typeof sink.topic === 'string') return this.#topic(sink.topic, sink.internal, cluster);
    const label = 'a topic for each record';
    return this.#canvas.node(`${this.#prefix}target ${sink.name}`, {
      kind: 'topic',
      label,
      detail: null,
      cluster: null,
    });
  }

  #topic(topic: string, internal: boolean, subTopology: string): string {
    if (!internal) {
      const cluster = this.#ownTopics.has(topic) ? subTopology : null;
      return this.#canvas.node(`topic ${topic}`, { kind: 'topic', label: topic, detail: null, cluster });
    }
    const label = this.#applicationId === null ? topic : `${this.#applicationId}-${topic}`;
    const node = { kind: 'internalTopic', label, detail: null, cluster: this.#stage } as const;
    return this.#canvas.node(`${this.#prefix}topic ${label}`, node);
  }

  /** A box for each table, or one for what is no sink of tables. */
  #tables(node: ExternalSinkNode): string[] {
    const { description } = node.connector;
    const tables = tablesOf(node);
    if (tables === null) {
      const external = { kind: 'external', label: description, detail: null, cluster: null } as const;
      return [this.#canvas.node(`external ${description}`, external)];
    }
    return tables.map((table) => {
      const box = { kind: 'table', label: table, detail: 'Delta table', cluster: null } as const;
      return this.#canvas.node(`table ${table}`, box);
    });
  }
}

const STORE_KINDS: Readonly<Record<StoreSpec['kind'], string>> = {
  keyValue: 'key-value',
  timestampedKeyValue: 'key-value',
  timestampedWindow: 'window',
  session: 'session',
  suppression: 'suppression buffer',
  versioned: 'versioned',
};

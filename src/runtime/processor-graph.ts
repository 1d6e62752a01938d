import { StreamsError } from '../core/errors.ts';
import { NO_HEADERS, type RecordContext } from '../core/record.ts';
import type { Tracing } from '../core/tracing.ts';
import type { AsyncWork, Emission, Forward, Processor, ProcessorContext } from '../processors/processor.ts';
import type { StateStore } from '../state/store.ts';
import type { ExternalSinkNode, PlanNode, SinkNode, SubTopology } from '../topology/topology.ts';
import type { AsyncSlots } from './async-slots.ts';
import type { Punctuations } from './punctuations.ts';
import type { TaskFaults } from './task-faults.ts';
import type { TaskMetrics } from './task-metrics.ts';

export interface ProcessorGraphOptions {
  readonly applicationId: string;
  readonly taskId: string;
  readonly partition: number;
  readonly subTopology: SubTopology;
  readonly store: (name: string) => StateStore;
  readonly punctuations: Punctuations;
  readonly async: AsyncSlots;
  readonly emission: Emission;
  readonly faults: TaskFaults;
  readonly metrics: TaskMetrics;
  readonly tracing: Tracing | null;
  readonly streamTime: () => number;
  readonly now: () => number;
  readonly requestCommit: () => void;
  /** A store that every processor may read, if there is one of that name. */
  readonly globalStore: (name: string) => StateStore | undefined;
  /** Takes what reaches a sink node out of the task. */
  readonly sink: (node: SinkNode) => Forward<unknown, unknown>;
  readonly external: (node: ExternalSinkNode) => Forward<unknown, unknown>;
}

interface RunningNode {
  readonly node: PlanNode;
  readonly enter: Forward<unknown, unknown>;
  readonly processor: Processor | null;
  readonly context: ProcessorContext | null;
}

/** The nodes of one task, wired so that forwarding is a direct call from one processor into the next. */
export class ProcessorGraph {
  readonly #options: ProcessorGraphOptions;
  readonly #running = new Map<string, RunningNode>();

  constructor(options: ProcessorGraphOptions) {
    this.#options = options;
    // Children first, so that each node is wired to what is already there.
    for (const node of [...options.subTopology.nodes].reverse()) this.#running.set(node.name, this.#make(node));
  }

  /** Where a source's records go in. */
  source(name: string): Forward<unknown, unknown> {
    return this.#find(name).enter;
  }

  /** Parents before children, once the stores are restored. */
  init(): void {
    for (const { node } of this.#ordered()) {
      const { processor, context } = this.#find(node.name);
      if (!processor?.init || !context) continue;
      try {
        processor.init(context);
      } catch (error) {
        throw wrap(error, `the node could not start`, { task: this.#options.taskId, node: node.name });
      }
    }
  }

  /** Closes every processor. @throws the first that one of them threw */
  close(): void {
    const failures: unknown[] = [];
    for (const { processor } of this.#ordered()) {
      try {
        processor?.close?.();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #ordered(): RunningNode[] {
    return this.#options.subTopology.nodes.map((node) => this.#find(node.name));
  }

  #find(name: string): RunningNode {
    const running = this.#running.get(name);
    if (!running) throw new StreamsError('TOPOLOGY_INVALID', `there is no node ${name} in this sub-topology`);
    return running;
  }

  #make(node: PlanNode): RunningNode {
    const { sink, external } = this.#options;
    switch (node.kind) {
      case 'source':
        return { node, enter: this.#measured(node, this.#toAll(node)), processor: null, context: null };
      case 'sink':
        return { node, enter: this.#measured(node, sink(node)), processor: null, context: null };
      case 'external':
        return { node, enter: this.#measured(node, external(node)), processor: null, context: null };
      case 'processor': {
        const processor = node.supplier();
        const context = this.#context(node, node.stores);
        return { node, enter: this.#measured(node, this.#guarded(node.name, processor)), processor, context };
      }
    }
  }

  /** End-to-end latency at sources and where records end (KIP-613); the others are only counted, with `debug`. */
  #measured(node: PlanNode, enter: Forward<unknown, unknown>): Forward<unknown, unknown> {
    const { metrics } = this.#options;
    const inner = node.kind !== 'source' && node.children.length > 0;
    if (inner && !metrics.debug) return enter;
    const { time } = metrics;
    const counted = metrics.node(node.name);
    if (inner) {
      return (key, value, record) => {
        counted.processed++;
        enter(key, value, record);
      };
    }
    const { e2e } = counted;
    return (key, value, record) => {
      counted.processed++;
      e2e.record(time.now - record.timestamp);
      enter(key, value, record);
    };
  }

  /** Errors are caught at the node that threw: its name is in the message, and the handler's verdict holds for it alone. */
  #guarded(name: string, processor: Processor): Forward<unknown, unknown> {
    const { faults } = this.#options;
    return (key, value, record) => {
      try {
        processor.process(key, value, record);
      } catch (error) {
        faults.processing(error, name, key, value, record);
      }
    };
  }

  #toAll(node: PlanNode): Forward<unknown, unknown> {
    const children = node.children.map((name) => this.#find(name).enter);
    const [first, second] = children;
    if (!first) return () => undefined;
    if (!second) return first;
    return (key, value, record) => {
      for (const child of children) child(key, value, record);
    };
  }

  #traced(node: string): AsyncWork['traced'] | null {
    const { tracing, applicationId, taskId } = this.#options;
    if (!tracing) return null;
    const place = { applicationId, task: taskId, node };
    return (record, call) => tracing.called(record, place, call);
  }

  #context(node: PlanNode, stores: readonly string[]): ProcessorContext {
    const options = this.#options;
    const { applicationId, taskId, partition, punctuations, faults } = options;
    const guard = (run: () => void): void => {
      try {
        run();
      } catch (error) {
        faults.processing(error, node.name, null, null, synthetic());
      }
    };
    const synthetic = (timestampMs?: number): RecordContext => {
      const streamTime = options.streamTime();
      const timestamp = timestampMs ?? (streamTime >= 0 ? streamTime : options.now());
      return { timestamp, headers: NO_HEADERS, topic: '', partition: -1, offset: -1 };
    };
    return {
      applicationId,
      taskId,
      partition,
      node: node.name,
      forward: this.#toAll(node),
      forwardTo: (child) => {
        if (node.children.includes(child)) return this.#find(child).enter;
        throw new StreamsError(
          'TOPOLOGY_INVALID',
          `${node.name} has no child ${child}; it has ${node.children.join(', ')}`,
        );
      },
      store: <S extends StateStore>(name: string): S => {
        if (stores.includes(name)) return options.store(name) as S;
        const global = options.globalStore(name);
        if (global !== undefined) return global as S;
        throw new StreamsError(
          'STORE_UNKNOWN',
          `${node.name} is not connected to a store ${name}; name it in the stores option of process()`,
        );
      },
      schedule: (intervalMs, type, callback) => punctuations.schedule(intervalMs, type, callback, guard),
      streamTime: options.streamTime,
      now: options.now,
      commit: options.requestCommit,
      dropped: (reason, record) => faults.dropped(reason, node.name, record),
      emission: options.emission,
      async: options.async.forNode(guard, this.#traced(node.name)),
      syntheticRecord: synthetic,
    };
  }
}

function wrap(error: unknown, text: string, where: { task: string; node: string }): StreamsError {
  if (error instanceof StreamsError) return error.at(where);
  const detail = error instanceof Error ? error.message : String(error);
  return new StreamsError('PROCESSING', `${text}: ${detail}`, { cause: error, ...where });
}

import { join } from 'node:path';
import { StreamsError } from '../../core/errors.ts';
import type { KafkaClient } from '../../kafka/client.ts';
import { joinMetrics } from '../../observe/metrics.ts';
import { localTasks } from '../../state/task-folders.ts';
import type { Topology } from '../../topology/topology.ts';
import type { ResolvedConfig } from '../config.ts';
import type { AppThread } from './app-thread.ts';
import { LocalThread } from './local-thread.ts';
import { type StartWorker, startWorker } from './start-worker.ts';
import { type LockTask, lockUnder, TaskHolds } from './task-holds.ts';
import { WorkerThread } from './worker-thread.ts';

export interface ThreadMakerOptions {
  readonly topology: Topology;
  readonly config: ResolvedConfig;
  readonly client: KafkaClient;
  readonly processId: string;
  /** A thread's state has changed. */
  readonly onState: () => void;
  readonly startWorker?: StartWorker;
}

export interface ThreadMaker {
  /** One life of a thread. @throws CONFIG_INVALID for a worker thread without a module */
  make(name: string, index: number, worker: boolean): AppThread;
  /** Locks folders for the process itself. */
  readonly lock: LockTask;
  /** Takes the workers' metrics away from the application's. */
  close(): void;
}

/** Makes the threads of an application, each with its share of the budgets. */
export function threadMaker(options: ThreadMakerOptions): ThreadMaker {
  const { topology, client, processId, onState } = options;
  const {
    numStreamThreads,
    cacheMaxBytes,
    inputBufferMaxBytes,
    restoreBufferMaxBytes,
    storeMemoryMaxBytes,
    metrics,
    logger,
    module,
  } = options.config;
  const share = (bytes: number): number => Math.floor(bytes / numStreamThreads);
  const config = {
    ...options.config,
    cacheMaxBytes: share(cacheMaxBytes),
    inputBufferMaxBytes: share(inputBufferMaxBytes),
    restoreBufferMaxBytes: share(restoreBufferMaxBytes),
    storeMemoryMaxBytes: share(storeMemoryMaxBytes),
  };
  const holds = new TaskHolds();
  const workers = new Set<WorkerThread>();
  const hide = joinMetrics(metrics, async () => {
    const snapshots = await Promise.all([...workers].map((worker) => worker.metrics()));
    return snapshots.flat();
  });
  if (hide === null && module) {
    logger.warn('metrics of worker threads are not shown: make the registry with createMetricsRegistry()');
  }

  const makeWorker = (name: string, index: number): WorkerThread => {
    if (!module) {
      throw new StreamsError('CONFIG_INVALID', 'a thread can be added to an application that has a module: set it');
    }
    const onEnd = (): void => void workers.delete(worker);
    const worker: WorkerThread = new WorkerThread({
      name,
      index,
      processId,
      config,
      module,
      holds,
      topology: topology.describe(),
      startWorker: options.startWorker ?? startWorker,
      onState,
      onEnd,
    });
    workers.add(worker);
    return worker;
  };

  const makeLocal = (name: string, index: number): LocalThread => {
    // Each life has a name of its own: what a predecessor still holds is not this one's.
    const owner = `${name} ${++lives}`;
    return new LocalThread(name, {
      client,
      config,
      plan: topology.plan,
      processId,
      index,
      lock: lockUnder(
        (task, patienceMs) => holds.acquire(task, owner, patienceMs),
        (task) => holds.release(task, owner),
      ),
      stopWaiting: () => holds.refuse(owner),
      localTasks: () => localTasks(join(config.stateDir, config.applicationId)),
      onState,
    });
  };
  let lives = 0;
  return {
    make: (name, index, worker) => (worker ? makeWorker(name, index) : makeLocal(name, index)),
    lock: lockUnder(
      (task, patienceMs) => holds.acquire(task, processId, patienceMs),
      (task) => holds.release(task, processId),
    ),
    close: () => hide?.(),
  };
}

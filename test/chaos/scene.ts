import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessingGuarantee } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import type { Broker } from '../integration/kafka/broker.ts';
import { InstanceProcess } from './instance-process.ts';
import { type Names, PARTITIONS } from './topology.ts';

export const SESSION_TIMEOUT_MS = 3_000;
export const TRANSACTION_TIMEOUT_MS = 6_000;

/** What was done to the application. */
export interface Deeds {
  kills: number;
  stops: number;
  brokerRestarts: number;
  rebalances: number;
  diskFull: number;
  clockJumps: number;
}

export interface SceneOptions {
  readonly broker: Broker;
  /** Where instances connect (default: the broker itself). */
  readonly bootstrap?: readonly string[];
  readonly client: KafkaClient;
  readonly names: Names;
  readonly guarantee: ProcessingGuarantee;
  readonly instances: number;
  readonly folder: string;
  /** The compiled module of an instance (default: the one beside this file). */
  readonly program?: string;
  readonly sessionTimeoutMs?: number;
  readonly transactionTimeoutMs?: number;
}

/** The application's instances on their broker. */
export class Scene {
  readonly broker: Broker;
  readonly instances: InstanceProcess[] = [];
  readonly deeds: Deeds = { kills: 0, stops: 0, brokerRestarts: 0, rebalances: 0, diskFull: 0, clockJumps: 0 };
  readonly #options: SceneOptions;

  constructor(options: SceneOptions) {
    this.#options = options;
    this.broker = options.broker;
    for (let i = 1; i <= options.instances; i++) this.add(`instance-${i}`).start();
  }

  /** An instance with a state folder of its own, not started yet. */
  add(name: string): InstanceProcess {
    const { broker, names, guarantee, folder } = this.#options;
    const instance = new InstanceProcess({
      name,
      settings: {
        names,
        brokers: this.#options.bootstrap ?? broker.bootstrap,
        stateDir: join(folder, name),
        guarantee,
        sessionTimeoutMs: this.#options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
        transactionTimeoutMs: this.#options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS,
      },
      folder,
      program: this.#options.program ?? fileURLToPath(new URL('./instance.js', import.meta.url)),
    });
    this.instances.push(instance);
    return instance;
  }

  remove(instance: InstanceProcess): void {
    this.instances.splice(this.instances.indexOf(instance), 1);
  }

  /** Resolves when all instances run and the group has committed all input that is there now. @throws after the limit */
  async recovered(limitMs: number): Promise<void> {
    const { client, names } = this.#options;
    const all = [names.orders, names.payments].flatMap((topic) =>
      Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
    );
    const deadline = performance.now() + limitMs;
    let why = 'the brokers do not answer';
    const marks = await client.admin.listOffsets(all, 'latest', 'read_committed');
    while (performance.now() < deadline) {
      await sleep(200);
      const out = this.instances.filter(({ state }) => state !== 'RUNNING');
      if (out.length > 0) {
        why = out.map(({ name, state, error }) => `${name} is ${state}${error ? ` (${error})` : ''}`).join(', ');
        continue;
      }
      const committed = await client.admin.fetchOffsets(names.applicationId, all).catch((error: unknown) => {
        why = `the committed offsets cannot be had: ${String(error)}`;
        return null;
      });
      if (committed === null) continue;
      const behind = marks.filter(
        ({ topic, partition, offset }) =>
          offset > 0 &&
          !committed.some((each) => each.topic === topic && each.partition === partition && each.offset >= offset),
      );
      if (behind.length === 0) return;
      why = behind
        .map(({ topic, partition, offset }) => {
          const at = committed.find((each) => each.topic === topic && each.partition === partition)?.offset ?? 'none';
          return `${topic}-${partition} is committed to ${at} of ${offset}`;
        })
        .join(', ');
    }
    throw new Error(`no recovery within ${limitMs} ms: ${why}`);
  }

  /** What helps to find out why nothing moves. */
  async diagnosis(): Promise<string> {
    const { client, names } = this.#options;
    const lines: string[] = [];
    for (const instance of this.instances) {
      const { name, state, error, crashes, threadRestarts } = instance;
      const status = JSON.stringify(await instance.status());
      lines.push(
        `${name}: ${state}, ${crashes} crashes, ${threadRestarts} thread restarts, last error ${error}: ${status}`,
      );
    }
    const group = await client.admin
      .describeGroup(names.applicationId)
      .then((found) => JSON.stringify(found))
      .catch(String);
    return [...lines, `group: ${group}`].join('\n');
  }

  /** Ends all that still runs. */
  async killAll(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.kill()));
  }
}

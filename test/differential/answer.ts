import { StreamsError, messageOf } from '../../src/core/errors.ts';
import type { Header } from '../../src/core/record.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import { NotYet } from './declared.ts';
import type { Input, Scenario } from './scenario-format.ts';
import { buildScenario } from './scenario.ts';
import { storeRows } from './store-rows.ts';

export interface Output {
  readonly step: number;
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly ts: number;
  readonly headers?: readonly string[];
}

export type Answer =
  | {
      readonly name: string;
      readonly describe: string;
      readonly outputs: readonly Output[];
      /** Rows as `key=value`. */
      readonly stores?: Readonly<Record<string, readonly string[]>>;
    }
  | { readonly name: string; readonly error: string; readonly message: string }
  | { readonly name: string; readonly notYet: string };

const text = { key: serdes.string, value: serdes.string };

/**
 * Runs a scenario here and answers what the oracle answers. `crashBefore` names the input before which all state is lost
 * and restored from the changelogs: the answer must be the same.
 */
export async function answer(scenario: Scenario, crashBefore = -1): Promise<Answer> {
  const { name } = scenario;
  try {
    const topology = buildScenario(scenario);
    const driver = await TopologyTestDriver.create(topology, {
      cacheMaxBytes: scenario.config?.cacheBytes ?? 0,
      partitions: partitionsOf(scenario),
      streams: { emitIntervalMs: 0 },
    });
    try {
      const outputs = await run(driver, scenario, crashBefore);
      const rows = storeRows(driver, topology, scenario);
      return { describe: comparable(topology.describe()), outputs, ...rows, name };
    } finally {
      await driver.close();
    }
  } catch (error) {
    if (error instanceof NotYet) return { name, notYet: error.message };
    return { name, error: error instanceof StreamsError ? error.code : 'Error', message: messageOf(error) };
  }
}

/** Patterns find topics that exist: the topics that are named here do. */
function partitionsOf({ config, ops, inputs }: Scenario): Record<string, number> {
  const sources = ops.flatMap(({ op, topic }) => (op === 'to' || topic === undefined ? [] : [topic]));
  const topics = [...sources, ...inputs.flatMap((input) => ('topic' in input ? [input.topic] : []))];
  return Object.fromEntries(topics.map((topic) => [topic, config?.partitions ?? 1]));
}

async function run(driver: TopologyTestDriver, scenario: Scenario, crashBefore: number): Promise<Output[]> {
  const sinks = scenario.ops.flatMap(({ op, topic, dynamic }) =>
    op === 'to' && topic !== undefined ? (dynamic ? [topic, `${topic}-null`] : [topic]) : [],
  );
  const dynamic = scenario.ops.some((op) => op.dynamic);
  const outputs: Output[] = [];
  for (const [step, input] of scenario.inputs.entries()) {
    if (step === crashBefore) await driver.crash();
    if ('advanceWallClockMs' in input) driver.advanceWallClock(input.advanceWallClockMs);
    else {
      driver
        .createInputTopic<string | null, string | null>(input.topic, text)
        .pipe(input.key, input.value, { timestamp: input.ts, headers: headers(input), ...partition(input) });
    }
    // A topic that a record names is looked up when it is named first.
    if (dynamic) await driver.settle();
    for (const topic of sinks) {
      for (const { key, value, timestamp, ...record } of driver.createOutputTopic(topic, text).readAll()) {
        const shown = record.headers.map((header) => `${header.key}=${header.value?.toString()}`);
        const all = scenario.config?.headers === true ? { headers: shown } : {};
        outputs.push({ step, topic, key, value, ts: timestamp, ...all });
      }
    }
  }
  return outputs;
}

function partition(input: Input): { partition?: number } {
  return input.partition === undefined ? {} : { partition: input.partition };
}

function headers(input: Input): Header[] {
  return (input.headers ?? []).map((header) => {
    const [key = '', value = ''] = header.split('=');
    return { key, value: Buffer.from(value) };
  });
}

/** Names of classes and lambdas are Java's own. */
function comparable(description: string): string {
  return description.replaceAll(/\(extractor class: .*\)/g, '(extractor class: ...)');
}

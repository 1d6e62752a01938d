import { StreamsError, messageOf } from '../../src/core/errors.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import { NotYet, type Scenario, buildScenario } from './scenario.ts';

export interface Output {
  readonly step: number;
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly ts: number;
}

export type Answer =
  | { readonly name: string; readonly describe: string; readonly outputs: readonly Output[] }
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
      streams: { emitIntervalMs: 0 },
    });
    try {
      return { describe: topology.describe(), outputs: await run(driver, scenario, crashBefore), name };
    } finally {
      await driver.close();
    }
  } catch (error) {
    if (error instanceof NotYet) return { name, notYet: error.message };
    return { name, error: error instanceof StreamsError ? error.code : 'Error', message: messageOf(error) };
  }
}

async function run(driver: TopologyTestDriver, scenario: Scenario, crashBefore: number): Promise<Output[]> {
  const sinks = scenario.ops.flatMap(({ op, topic }) => (op === 'to' && topic !== undefined ? [topic] : []));
  const outputs: Output[] = [];
  for (const [step, input] of scenario.inputs.entries()) {
    if (step === crashBefore) await driver.crash();
    if ('advanceWallClockMs' in input) driver.advanceWallClock(input.advanceWallClockMs);
    else {
      driver
        .createInputTopic<string | null, string | null>(input.topic, text)
        .pipe(input.key, input.value, { timestamp: input.ts });
    }
    for (const topic of sinks) {
      for (const { key, value, timestamp } of driver.createOutputTopic(topic, text).readAll()) {
        outputs.push({ step, topic, key, value, ts: timestamp });
      }
    }
  }
  return outputs;
}

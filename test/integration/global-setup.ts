import type { TestProject } from 'vitest/node';
import { startBroker, whyNoBroker } from './kafka/broker.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Addresses of the run's broker; empty: there is none, and tests that need one skip themselves. */
    kafkaBootstrap: string[];
  }
}

/** One real broker for the whole run. Without one the run is skipped with a line that says why; REQUIRE_KAFKA=1 makes that a failure. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reason = whyNoBroker();
  if (reason !== null) {
    if (process.env['REQUIRE_KAFKA'] === '1') throw new Error(`a Kafka broker is required: ${reason}`);
    console.log(`skipped: tests on a real Kafka broker (${reason})`);
    project.provide('kafkaBootstrap', []);
    return async () => {};
  }
  const broker = await startBroker();
  project.provide('kafkaBootstrap', [...broker.bootstrap]);
  return () => broker.stop();
}

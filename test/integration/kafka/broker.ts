import { missingTools } from './class-path.ts';
import { dockerRuns, startDockerBroker } from './docker-broker.ts';
import { startJavaBroker } from './java-broker.ts';

export interface BrokerOptions {
  /** Broker settings beside and above those of the tests. */
  readonly properties?: Readonly<Record<string, string | number>>;
}

/** A real broker for tests. */
export interface Broker {
  readonly bootstrap: readonly string[];
  /** Ends it in good order; its data is gone. */
  stop(): Promise<void>;
  /** Ends it as a power cut would; `restart` brings it back with its data. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** Why no real broker can be had here, or null: without KAFKA_BOOTSTRAP_SERVERS it takes Docker, or a JDK and Maven. */
export function whyNoBroker(): string | null {
  if (process.env['KAFKA_BOOTSTRAP_SERVERS'] || dockerRuns()) return null;
  const missing = missingTools();
  return missing === null ? null : `KAFKA_BOOTSTRAP_SERVERS is not set, Docker does not run, and there is ${missing}`;
}

/** The cluster of KAFKA_BOOTSTRAP_SERVERS if set; else a container where Docker runs; else a JVM with Maven's jars. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const given = process.env['KAFKA_BOOTSTRAP_SERVERS'];
  if (given) return givenBroker(given.split(','));
  if (!dockerRuns()) return startJavaBroker(options);
  try {
    return await startDockerBroker(options);
  } catch (error) {
    if (missingTools() !== null) throw error;
    console.log(
      `no broker from Docker (${error instanceof Error ? error.message : String(error)}); starting it from Maven`,
    );
    return startJavaBroker(options);
  }
}

function givenBroker(bootstrap: readonly string[]): Broker {
  const notOurs = async (): Promise<void> => {
    throw new Error('the broker of KAFKA_BOOTSTRAP_SERVERS is not ours to stop');
  };
  return { bootstrap, stop: async () => {}, kill: notOurs, restart: notOurs };
}

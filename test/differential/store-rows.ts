import type { Windowed } from '../../src/core/serde.ts';
import type {
  ReadOnlyKeyValueStore,
  ReadOnlySessionStore,
  ReadOnlyVersionedStore,
  ReadOnlyWindowStore,
  StoreIterator,
} from '../../src/state/store.ts';
import type { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import type { Topology } from '../../src/topology/topology.ts';
import type { Scenario } from './scenario-format.ts';

/** What the stores of a scenario have at its end: key-value rows in the store's order, others in that of their text. */
export function storeRows(
  driver: TopologyTestDriver,
  { plan }: Topology,
  scenario: Scenario,
): { stores?: Record<string, string[]> } {
  const names = scenario.config?.stores;
  if (names === undefined) return {};
  const rows = (name: string): string[] => {
    switch (plan.stores.get(name)?.kind) {
      case 'versioned': {
        const store = driver.store<ReadOnlyVersionedStore<string, string>>(name);
        const latest = keysOf(scenario).flatMap((key) => {
          const value = store.get(key);
          return value === null ? [] : [`${key}=${value}`];
        });
        return latest.sort();
      }
      case 'timestampedWindow':
        return windowed(driver.store<ReadOnlyWindowStore<string, string>>(name).fetchAll(0, Number.MAX_SAFE_INTEGER));
      case 'session':
        return windowed(driver.store<ReadOnlySessionStore<string, string>>(name).fetchRange(null, null));
      case 'keyValue':
      case 'timestampedKeyValue':
      case 'suppression':
      case undefined:
        return [...driver.store<ReadOnlyKeyValueStore<string, string>>(name).all()].map(
          ([key, value]) => `${key}=${value}`,
        );
    }
  };
  return { stores: Object.fromEntries(names.map((name) => [name, rows(name)])) };
}

function windowed(entries: StoreIterator<Windowed<string>, string>): string[] {
  const rows = [...entries].map(([{ key, window }, value]) => `${key}@${window.start}/${window.end}=${value}`);
  return rows.sort();
}

/** The keys that rows may have, as the oracle asks for them. */
function keysOf({ inputs }: Scenario): string[] {
  const keys = new Set<string>();
  for (const input of inputs) {
    if (!('topic' in input)) continue;
    if (input.key !== null) keys.add(input.key).add(`${input.key}1`);
    if (input.value !== null && input.value !== '') keys.add(input.value.slice(0, 1));
  }
  return [...keys];
}

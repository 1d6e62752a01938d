import { describe, it } from 'vitest';

import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import { schemaRegistryContract } from '../../src/testing/contracts/schema-registry.ts';

describe('the embedded registry', () => {
  for (const { name, run } of schemaRegistryContract(async () => new EmbeddedRegistry())) it(name, run);
});

import { describe, expect, it } from 'vitest';

import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import { schemaRegistryContract } from '../../src/testing/contracts/schema-registry.ts';

describe('the embedded registry', () => {
  it.each(schemaRegistryContract(async () => new EmbeddedRegistry()))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

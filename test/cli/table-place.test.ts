import { describe, expect, it } from 'vitest';

import { tablePlace } from '../../src/cli/table-place.ts';

describe('the place of a table', () => {
  it('is a folder for a path, and a store for an address of a service', async () => {
    expect(await tablePlace('/data', 'lake/orders')).toEqual({ path: '/data/lake/orders' });
    const address = 'abfss://files@account.dfs.core.windows.net/lake/orders';
    const { path, lake } = await tablePlace('/data', address);
    expect([path, lake?.uri]).toEqual(['', address]);
  });
});

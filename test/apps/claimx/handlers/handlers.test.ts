import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../../src/apps/claimx/event-types.ts';
import { handlerOf, HANDLERS } from '../../../../src/apps/claimx/handlers/index.ts';
import { contextOf, fakeApi, taskOf } from '../fakes.ts';

describe('the handler map', () => {
  it('has a handler for each of the nine types', () => {
    expect(Object.keys(HANDLERS).sort()).toEqual([...EVENT_TYPES].sort());
  });

  it('has one that does nothing for types that are not known, and for names of object members', async () => {
    const { api, calls } = fakeApi();
    for (const type of ['PROJECT_ARCHIVED', 'constructor', '__proto__', '']) {
      const [outcome] = await handlerOf(type).handle([taskOf(type)], contextOf(api));
      expect(outcome).toMatchObject({ status: 'skipped', rows: {}, downloads: [] });
    }
    expect(calls).toEqual([]);
  });
});

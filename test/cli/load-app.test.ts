import { describe, expect, it } from 'vitest';

import { loadApp, selectStages } from '../../src/cli/load-app.ts';

const fixtures = new URL('fixtures/', import.meta.url).pathname;
const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { code: string; message: string }) => `${error.code} ${error.message}`,
  );

describe('loadApp', () => {
  it('loads the default export of a module by its path', async () => {
    expect((await loadApp('./valid.mjs', fixtures)).name).toBe('valid');
  });

  it('says that a name is not known, and how to give a path', async () => {
    expect(await messageOf(loadApp('no-such-app', fixtures))).toMatch(
      /^APP_INVALID there is no application "no-such-app".*--app \.\/my-app\.mjs$/,
    );
  });

  it('says that a file is not there', async () => {
    expect(await messageOf(loadApp('./nowhere.mjs', fixtures))).toContain('there is no file');
  });

  it('says in one line why a module could not be loaded', async () => {
    expect(await messageOf(loadApp('./throws.mjs', fixtures))).toBe(
      'APP_INVALID ./throws.mjs could not be loaded: the database of this module',
    );
  });

  it('says what a module lacks that is no application', async () => {
    expect(await messageOf(loadApp('./no-default.mjs', fixtures))).toContain('export default defineApp');
    expect(await messageOf(loadApp('./no-stages.mjs', fixtures))).toContain('has no stages');
  });
});

describe('selectStages', () => {
  it('keeps the order of the application, and refuses a stage that it does not have', async () => {
    const app = await loadApp('./valid.mjs', fixtures);
    expect(selectStages(app, []).map(({ name }) => name)).toEqual(['only']);
    expect(() => selectStages(app, ['onyl'])).toThrow('valid has no stage "onyl", did you mean "only"? (it has only)');
  });
});

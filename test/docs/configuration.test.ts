import { describe, expect, it } from 'vitest';

import { BUILT_IN_APPS } from '../../src/cli/built-in-apps.ts';
import { commandSchema } from '../../src/cli/config/command-schema.ts';
import { SETTING_FLAGS } from '../../src/cli/flags.ts';
import { configurationPage } from './configuration-page.ts';

describe('docs/configuration.md', () => {
  it('says what the schema says', async () => {
    const apps = await Promise.all(Object.values(BUILT_IN_APPS).map(({ load }) => load()));
    const flags = new Map(Object.values(SETTING_FLAGS).map(({ flag, path }) => [path.join('.'), flag]));
    await expect(configurationPage(commandSchema(apps), flags)).toMatchFileSnapshot('../../docs/configuration.md');
  });
});

import { describe, expect, it } from 'vitest';

import { loadApp } from '../../src/cli/load-app.ts';
import { prefixedApp } from '../../src/cli/prefixed-app.ts';

describe('prefixedApp', () => {
  it('puts the prefix before the application ids of stages and sources, and changes nothing else', async () => {
    const app = await loadApp('xact');
    const prefixed = prefixedApp(app, { applicationIdPrefix: 'trial-' });
    expect(prefixed.stages.map(({ applicationId }) => applicationId)).toEqual([
      'trial-xact-event-ingester-worker',
      'trial-xact-download-worker',
      'trial-xact-upload-worker',
      'trial-xact-result-processor',
    ]);
    expect(prefixed.sources?.map(({ applicationId }) => applicationId)).toEqual(['trial-xact-eventhouse-poller']);
    expect(prefixed.stages.map(({ name }) => name)).toEqual(app.stages.map(({ name }) => name));
  });

  it('is the same application without a prefix', async () => {
    const app = await loadApp('claimx');
    expect(prefixedApp(app, { applicationIdPrefix: '' })).toBe(app);
  });
});

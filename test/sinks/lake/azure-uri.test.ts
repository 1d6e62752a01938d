import { describe, expect, it } from 'vitest';
import { parseAzureUri } from '../../../src/sinks/lake/azure-uri.ts';

const WORKSPACE = '3f2b1c6e-0d5a-4a8e-9b7c-1234567890ab';
const LAKEHOUSE = '9a8b7c6d-5e4f-4a3b-8c2d-abcdef012345';

describe('the address of a lake in Azure', () => {
  it('is the same place as abfss and as https', () => {
    const place = {
      endpoint: 'https://acc.dfs.core.windows.net',
      fileSystem: 'data',
      path: 'lake/claimx events',
      uri: 'abfss://data@acc.dfs.core.windows.net/lake/claimx events',
    };
    expect(parseAzureUri('abfss://data@acc.dfs.core.windows.net/lake/claimx events/')).toEqual(place);
    expect(parseAzureUri('https://ACC.dfs.core.windows.net/data/lake//claimx%20events')).toEqual(place);
  });

  it('takes OneLake by names and by GUIDs, at every host of it', () => {
    expect(parseAzureUri('abfss://My Space@onelake.dfs.fabric.microsoft.com/claims.Lakehouse/Tables/t')).toMatchObject({
      endpoint: 'https://onelake.dfs.fabric.microsoft.com',
      fileSystem: 'My Space',
      path: 'claims.Lakehouse/Tables/t',
    });
    expect(
      parseAzureUri(`https://westeurope-onelake.dfs.fabric.microsoft.com/${WORKSPACE}/${LAKEHOUSE}/Files/claimx`),
    ).toMatchObject({ fileSystem: WORKSPACE, path: `${LAKEHOUSE}/Files/claimx` });
  });

  it.each([
    [
      'a mixture of names and GUIDs',
      `abfss://${WORKSPACE}@onelake.dfs.fabric.microsoft.com/a.Lakehouse`,
      'both by GUID',
    ],
    ['a lakehouse without its kind', 'abfss://ws@onelake.dfs.fabric.microsoft.com/claims/Tables', 'claims.Lakehouse'],
    ['no lakehouse', 'abfss://ws@onelake.dfs.fabric.microsoft.com', 'names no lakehouse'],
    [
      'a folder that OneLake does not have',
      'abfss://ws@onelake.dfs.fabric.microsoft.com/a.Lakehouse/x',
      'Tables and Files',
    ],
    ['the blob endpoint', 'https://acc.blob.core.windows.net/data', 'acc.dfs.core.windows.net'],
    ['no encryption', 'http://acc.dfs.core.windows.net/data', 'use https'],
    ['abfs', 'abfs://data@acc.dfs.core.windows.net', 'use abfss'],
    ['no container', 'https://acc.dfs.core.windows.net', 'expected abfss'],
    ['a step up', 'abfss://data@acc.dfs.core.windows.net/a/../b', '..'],
    ['a broken escape', 'https://acc.dfs.core.windows.net/data/100%', '%'],
  ])('refuses %s', (_what, uri, reason) => {
    expect(() => parseAzureUri(uri)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => parseAzureUri(uri)).toThrow(reason);
  });

  it('does not repeat a signature that somebody put into it', () => {
    expect(() => parseAzureUri('https://acc.dfs.core.windows.net/data?sig=c2VjcmV0')).toThrow(/^(?!.*c2VjcmV0)/);
  });

  it('lets http through to an emulator on this machine', () => {
    expect(parseAzureUri('http://127.0.0.1:10000/lake/a')).toMatchObject({
      endpoint: 'http://127.0.0.1:10000',
      fileSystem: 'lake',
      path: 'a',
    });
  });
});

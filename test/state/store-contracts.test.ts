import { keyValueStoreContract } from '../../src/testing/contracts/key-value-store.ts';
import { sessionStoreContract } from '../../src/testing/contracts/session-store.ts';
import { storeVariants } from '../../src/testing/contracts/stores.ts';
import { suppressionBufferContract } from '../../src/testing/contracts/suppression-buffer.ts';
import { versionedStoreContract } from '../../src/testing/contracts/versioned-store.ts';
import { windowStoreContract } from '../../src/testing/contracts/window-store.ts';

for (const variant of storeVariants) {
  keyValueStoreContract(variant);
  windowStoreContract(variant);
  sessionStoreContract(variant);
  suppressionBufferContract(variant);
  versionedStoreContract(variant);
}

import type { StoreSpec } from '../../state/store-spec.ts';

/** A store that processors of the application share. */
export interface StoreNode {
  readonly kind: 'store';
  readonly name: string;
  readonly parents: readonly [];
  readonly spec: StoreSpec;
}

import type { Serde } from '../../core/serde.ts';
import type { StoreSpec } from '../../state/store-spec.ts';

/** A store that an operator may keep. Whether it does is decided when the topology is compiled. */
export interface StoreDeclaration {
  readonly name: string;
  /** The user named it: it is kept in any case. */
  readonly queryable: boolean;
  readonly kind: StoreSpec['kind'];
  readonly key: Serde<unknown> | null;
  readonly value: Serde<unknown> | null;
  readonly persistent: boolean;
  readonly cached: boolean;
  readonly logged: boolean;
  readonly logConfig: Readonly<Record<string, string>>;
  readonly retentionMs: number | null;
  readonly windowSizeMs: number | null;
  /** Results are sent when windows close. */
  readonly emitsOnClose?: boolean;
  /** Several values for one key and time. */
  readonly retainDuplicates?: boolean;
}

declare const valueType: unique symbol;

/**
 * An Avro schema as parsed JSON. `T` says what its values look like in TypeScript; the generated constants of
 * `src/apps/<app>/schemas.generated.ts` carry it, so that `avro(eventSchema)` is a `Serde<Event>`.
 */
export type AvroSchema<T = unknown> = AvroJson & { readonly [valueType]?: T };

/** A schema object of the Avro specification; nested schemas may also be names. */
export interface AvroJson {
  readonly type: AvroType;
  readonly name?: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly aliases?: readonly string[];
  readonly fields?: readonly AvroField[];
  readonly symbols?: readonly string[];
  readonly items?: AvroType;
  readonly values?: AvroType;
  readonly size?: number;
  readonly default?: unknown;
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  readonly aliases?: readonly string[];
  readonly default?: unknown;
  readonly order?: 'ascending' | 'descending' | 'ignore';
}

/** A primitive or a name, a schema object, or a union. */
export type AvroType = string | AvroJson | readonly AvroType[];

/** JSON that does not fit a schema. Says where and what kind, never the value: it may be personal data. */
export class JsonMisfit extends Error {
  override readonly name = 'JsonMisfit';
  readonly #expected: string;
  readonly #got: string;
  #path = '';

  constructor(expected: string, got: unknown) {
    super();
    this.#expected = expected;
    this.#got = kindOf(got);
  }

  /** Puts the name of an outer field or the index of an element before the path. */
  within(step: string): this {
    this.#path = this.#path === '' ? step : `${step}.${this.#path}`;
    return this;
  }

  override get message(): string {
    return `${this.#path || 'the value'}: expected ${this.#expected}, got ${this.#got}`;
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/**
 * JSON that keeps every number. The log holds longs and decimals as raw JSON numbers, which `JSON.parse` rounds above
 * 2^53 and `JSON.stringify` refuses (bigint).
 *
 * Numbers come out as numbers where those are exact, else as bigint (integers) or {@link ExactNumber} (the rest).
 */
export class ExactNumber {
  /** The literal, such as `12345678901234567.25`. */
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export function stringifyJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof ExactNumber) return value.text;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`;
  let text = '';
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${stringifyJson(member)}`;
  }
  return `{${text}}`;
}

/** @throws SyntaxError */
export function parseJson(text: string): unknown {
  // A double holds every number of up to 15 digits; the point and the exponent count as breaks, hence `[\d.]`.
  return /\d[\d.]{15}/.test(text) ? new ExactParser(text).parse() : JSON.parse(text);
}

const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const WORD = /true|false|null/y;

class ExactParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): unknown {
    const value = this.#value();
    this.#skip();
    if (this.#at !== this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): unknown {
    this.#skip();
    const char = this.#text[this.#at];
    if (char === '{') return this.#object();
    if (char === '[') return this.#array();
    if (char === '"') return this.#string();
    const word = this.#match(WORD);
    return word === null ? exact(this.#match(NUMBER) ?? this.#fail()) : JSON.parse(word);
  }

  #object(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.#at++;
    if (this.#take('}')) return {};
    do {
      this.#skip();
      const name = this.#string();
      if (!this.#take(':')) this.#fail();
      entries.push([name, this.#value()]);
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail();
    // fromEntries defines own properties, so a column named `__proto__` is one too.
    return Object.fromEntries(entries);
  }

  #array(): unknown[] {
    const values: unknown[] = [];
    this.#at++;
    if (this.#take(']')) return values;
    do values.push(this.#value());
    while (this.#take(','));
    if (!this.#take(']')) this.#fail();
    return values;
  }

  #string(): string {
    return JSON.parse(this.#match(STRING) ?? this.#fail()) as string;
  }

  #take(char: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skip(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return null;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #fail(): never {
    throw this.#unexpected();
  }

  #unexpected(): SyntaxError {
    return new SyntaxError(`unexpected JSON at ${this.#at}: ${this.#text.slice(this.#at, this.#at + 20)}`);
  }
}

function exact(literal: string): number | bigint | ExactNumber {
  const value = Number(literal);
  if (/^-?\d+$/.test(literal)) return Number.isSafeInteger(value) ? value : BigInt(literal);
  const digits = literal
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  // A double written in its shortest form has up to 17 digits and reads back as itself: only others need the literal.
  return digits.length <= 15 || String(value) === literal ? value : new ExactNumber(literal);
}

// The function language of the oracle's scenarios, see test/differential/README.md.

export interface Fn {
  readonly fn: string;
  readonly arg?: string;
}

type Text = string | null;

/** As Java concatenates: null is the text `null`. */
const text = (value: Text): string => value ?? 'null';

export function predicate({ fn, arg = '' }: Fn): (value: Text, key: Text) => boolean {
  switch (fn) {
    case 'keyEquals':
      return (_value, key) => key === arg;
    case 'keyNotNull':
      return (_value, key) => key !== null;
    case 'valueContains':
      return (value) => value !== null && value.includes(arg);
    case 'valueNotNull':
      return (value) => value !== null;
    case 'valueLongerThan':
      return (value) => value !== null && value.length > Number(arg);
    case 'always':
      return () => true;
    case 'never':
      return () => false;
    default:
      throw new Error(`predicate ${fn}`);
  }
}

export function valueMapper({ fn, arg = '' }: Fn): (value: Text, key: Text) => Text {
  switch (fn) {
    case 'identity':
      return (value) => value;
    case 'append':
      return (value) => text(value) + arg;
    case 'constant':
      return () => arg;
    case 'keyAndValue':
      return (value, key) => `${text(key)}:${text(value)}`;
    case 'nullIfContains':
      return (value) => (value !== null && value.includes(arg) ? null : value);
    case 'length':
      return (value) => String(value?.length ?? 0);
    default:
      throw new Error(`value mapper ${fn}`);
  }
}

export function keyMapper({ fn, arg = '' }: Fn): (value: Text, key: Text) => Text {
  switch (fn) {
    case 'identity':
      return (_value, key) => key;
    case 'constant':
      return () => arg;
    case 'firstOfValue':
      return (value) => (value === null || value === '' ? null : value.slice(0, 1));
    case 'keyPlus':
      return (_value, key) => text(key) + arg;
    case 'lengthOfValue':
      return (value) => (value === null ? null : String(value.length));
    case 'nullIfContains':
      return (value, key) => (value !== null && value.includes(arg) ? null : key);
    default:
      throw new Error(`key mapper ${fn}`);
  }
}

/** As Java splits: trailing empty parts are dropped. */
export function parts(value: Text): string[] {
  if (value === null) return [];
  const all = value.split(',');
  while (all.length > 1 && all.at(-1) === '') all.pop();
  return all;
}

export function join(left: Text, right: Text): string {
  return `${text(left)}+${text(right)}`;
}

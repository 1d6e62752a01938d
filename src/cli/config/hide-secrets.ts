import { isObject } from './layer.ts';

const SECRET = /password|secret|token$|apikey|^key$|accountkey|authorization|connectionstring/i;

/** The same values with everything that must not be printed replaced; a file name of a secret is no secret. */
export function hideSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideSecrets);
  if (typeof value === 'string') return value.replace(/^(\w+:\/\/)[^/@\s]+@/, '$1[hidden]@');
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, secret(key, inner) ? '[hidden]' : hideSecrets(inner)]),
  );
}

function secret(key: string, value: unknown): boolean {
  return SECRET.test(key) && (typeof value === 'string' || typeof value === 'function') && value !== '';
}

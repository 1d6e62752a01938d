/** The first string above all that begin so (characters are bytes); null: there is none. */
export function afterPrefix(prefix: string): string | null {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix.charCodeAt(i);
    if (byte < 0xff) return prefix.slice(0, i) + String.fromCharCode(byte + 1);
  }
  return null;
}

/** From a key that does not end in `suffix` (from `suffixAt` on), where the next that does may be; null: nowhere. */
export function jumpToSuffix(key: string, suffix: string, suffixAt: number): string | null {
  const head = key.slice(0, suffixAt);
  return key.slice(suffixAt) < suffix ? head + suffix : afterPrefix(head);
}

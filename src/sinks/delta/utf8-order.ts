/**
 * Compares as UTF-8 bytes do, which is how statistics of Delta tables order text. `<` compares UTF-16 units, which puts
 * the characters above U+FFFF (surrogates, 0xD800 to 0xDFFF) before U+E000 to U+FFFF.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Moves the surrogates above everything else. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** A lower bound of at most `limit` UTF-16 units, cut between characters. */
export function prefixBelow(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return text.slice(0, isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit);
}

/** An upper bound of at most `limit` UTF-16 units: the prefix with its last character that can be raised; null where none can. */
export function prefixAbove(text: string, limit: number): string | null {
  if (text.length <= limit) return text;
  const characters = Array.from(prefixBelow(text, limit));
  while (characters.length > 0) {
    const last = characters.pop()?.codePointAt(0) ?? 0;
    // There is nothing above U+10FFFF, and there are no characters from U+D800 to U+DFFF. One unit may become two at
    // U+FFFF, which is harmless.
    if (last < 0x10ffff) return characters.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return null;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

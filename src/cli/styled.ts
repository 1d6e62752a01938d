/** A piece of a line, and how it looks where colours are shown. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Span[];

/** Select Graphic Rendition codes (ECMA-48): the terminal's own palette, so that it fits dark and light. */
const CODES = { bold: 1, dim: 2, good: 32, bad: 31, busy: 33, link: 36 } as const;

export type Style = keyof typeof CODES;

export function span(text: string, style?: Style): Span {
  return style === undefined ? { text } : { text, style };
}

/** The line without its looks. */
export function plainText(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** The line for a terminal, cut at the width: a line that wraps could not be drawn over. */
export function styledText(line: Line, width: number, colours: boolean): string {
  let left = width;
  let out = '';
  for (const { text, style } of line) {
    if (left <= 0) break;
    const shown = text.slice(0, left);
    left -= shown.length;
    out += colours && style !== undefined ? `\u001B[${CODES[style]}m${shown}\u001B[0m` : shown;
  }
  return out;
}

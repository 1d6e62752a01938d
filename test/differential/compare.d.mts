import type { Answer } from './answer.ts';

/** The first thing that differs, in words; null when nothing does. */
export function difference(theirs: Answer, ours: Answer): string | null;

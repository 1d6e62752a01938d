/** A random pause that grows with each attempt, up to a limit: writers that collided once should not meet again. */
export function jitterMs(attempt: number, { first, most }: { readonly first: number; readonly most: number }): number {
  return Math.random() * Math.min(most, first * 2 ** Math.min(attempt, 20));
}

export type MemberReader = (from: Readonly<Record<string, unknown>>) => unknown;

/**
 * How to read a member that every object inherits something for (`constructor`, `toString`, …), so that one which is absent
 * is not that; null for all other names, which are simply read.
 */
export function memberReader(name: string): MemberReader | null {
  return name in Object.prototype ? (from) => (Object.hasOwn(from, name) ? from[name] : undefined) : null;
}

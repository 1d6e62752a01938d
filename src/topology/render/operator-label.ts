/**
 * What a person calls an operator: its own name, or the verb of a generated one (`KSTREAM-MAPVALUES-0000000004` is
 * `mapvalues`, with the full name kept in smaller print, because logs and metrics use it).
 */
export function operatorLabel(name: string): { readonly label: string; readonly detail: string | null } {
  const generated = /^K(?:STREAM|TABLE)-([A-Z-]+)-\d{10}$/.exec(name)?.[1];
  if (generated === undefined) return { label: name, detail: null };
  return { label: generated.toLowerCase().replaceAll('-', ' '), detail: name };
}

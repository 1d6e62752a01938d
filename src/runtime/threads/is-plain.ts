/** Whether a value can go to another thread as it is: data, and no functions. */
export function isPlain(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

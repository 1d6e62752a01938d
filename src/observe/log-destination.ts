/** Anything that takes text, such as `process.stderr`. */
export interface LogDestination {
  write(text: string): unknown;
}

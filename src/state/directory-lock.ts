/** A lock on a folder, held until {@link release} or the end of the process, whichever way it ends. */
export interface DirectoryLock {
  readonly dir: string;
  release(): Promise<void>;
}

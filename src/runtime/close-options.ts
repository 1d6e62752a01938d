export interface CloseOptions {
  /**
   * Until then the close is done, whatever the brokers do (default 30,000 ms): what could not be committed is named in the
   * log and read again by whoever goes on.
   */
  readonly timeoutMs?: number;
  /**
   * Whether the group is told, so that others get the tasks at once. Default: yes, but for static members, which keep
   * their place for a restart until their session ends (KIP-345). `true`: static ones leave too.
   */
  readonly leaveGroup?: boolean;
}

/** How long a close may take when nothing else is said. */
export const CLOSE_TIMEOUT_MS = 30_000;

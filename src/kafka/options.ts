/** How to reach a Kafka cluster. */
export interface KafkaOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Shown in the broker's logs (default `topology-streams`). */
  readonly clientId?: string;
  /** true: TLS with the system's authorities; or the options of Node's `tls.connect` that matter. */
  readonly tls?: boolean | TlsOptions;
  readonly sasl?: SaslOptions;
  /** Until a connection is there (default 10,000 ms). */
  readonly connectionTimeoutMs?: number;
  /** For one request, its retries included (default 30,000 ms). */
  readonly requestTimeoutMs?: number;
  /**
   * How long a topic may be unknown before it counts as missing: news of a new topic reaches the brokers one by one
   * (default 2,000 ms).
   */
  readonly missingTopicMs?: number;
}

export interface TlsOptions {
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export type SaslOptions =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: () => Promise<{ readonly value: string }> };

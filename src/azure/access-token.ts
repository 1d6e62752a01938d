/** A token of Entra ID (AAD), as the Azure libraries know it. */
export interface AccessToken {
  readonly token: string;
  /** Ms since the epoch. */
  readonly expiresOnTimestamp: number;
}

/** Where tokens come from; what the Azure libraries take as a credential has this shape. */
export interface TokenSource {
  /** @throws AUTH_FAILED saying what to do; `retriable` where only the network is to blame */
  getToken(scopes: string | string[], options?: TokenRequest): Promise<AccessToken>;
}

export interface TokenRequest {
  /** What a service that refused a token wants to see in the next one: such a request never gets a cached token. */
  readonly claims?: string;
}

import { hostname } from 'node:os';

/** What other instances are told to ask, where `streams.applicationServer` does not say it: `host:port`. */
export function advertisedServer({ host, port }: { readonly host: string; readonly port: number }): string {
  const name = host === '0.0.0.0' || host === '::' ? hostname() : host;
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}

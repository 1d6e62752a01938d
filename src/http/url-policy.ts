import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isLoopbackAddress, isPublicAddress } from './addresses.ts';
import { HttpError } from './errors.ts';
import { sanitizeUrl } from './sanitize-url.ts';

export interface UrlPolicyOptions {
  /**
   * Hosts that may be called: `files.example.com` (that host only) or `.example.com` (any host below it, not itself).
   * Lower case, punycode for names beyond ASCII. An empty list allows no host.
   */
  readonly allowedDomains: readonly string[];
  /** Lets `http:` through as well (default false). */
  readonly allowHttp?: boolean;
  /** Ports that may be called (default 443, and 80 with `allowHttp`). */
  readonly allowedPorts?: readonly number[];
  /**
   * Lets 127.0.0.0/8, ::1 and `localhost` through, on any port and by `http:`, whatever the list says. For tests and the
   * simulated services only (default false).
   */
  readonly allowLoopback?: boolean;
  /** How names are resolved (default: the system's resolver). For tests. */
  readonly resolve?: Resolve;
}

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export type Resolve = (
  hostname: string,
  answer: (error: Error | null, addresses: readonly ResolvedAddress[]) => void,
) => void;

/** Which URLs this application may fetch on behalf of data that others wrote (SSRF: OWASP, CWE-918). */
export interface UrlPolicy {
  /** Checks what can be seen in the text. @throws HttpError `permanent`, saying which rule; never repeats the query. */
  check(url: string): URL;
  /**
   * For the connector: resolves a name, checks every address, and answers the very addresses to connect to. A name that
   * resolves to another address a moment later (DNS rebinding) therefore gains nothing.
   */
  readonly lookup: LookupFunction;
}

/** The only authority accepted: a plain name or address and perhaps a port. No credentials, escapes, IDN text, or zone ids. */
const AUTHORITY = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)/;

export function createUrlPolicy(options: UrlPolicyOptions): UrlPolicy {
  const exact = new Set<string>();
  const suffixes: string[] = [];
  for (const domain of options.allowedDomains) {
    const name = domain.toLowerCase();
    if (name.startsWith('.')) suffixes.push(name);
    else exact.add(name);
  }
  const allowLoopback = options.allowLoopback ?? false;
  const allowHttp = options.allowHttp ?? false;
  const ports = new Set(options.allowedPorts ?? (allowHttp ? [443, 80] : [443]));
  const resolve = options.resolve ?? systemResolve;

  const allowedName = (host: string): boolean => exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix));
  const allowedAddress = (address: string): boolean =>
    isPublicAddress(address) || (allowLoopback && isLoopbackAddress(address));

  const check = (text: string): URL => {
    if (hasUnsafeText(text)) throw refused(text, 'it holds white space, control characters or a backslash');
    const parts = SCHEME.exec(text);
    if (parts === null) throw refused(text, 'it is not an absolute URL');
    const authority = AUTHORITY.exec(parts[2] ?? '');
    if (authority === null) {
      throw refused(text, 'its host is not a plain name or address (no credentials, escapes or non-ASCII letters)');
    }
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      throw refused(text, 'it is not a valid URL');
    }
    // The parser turns every numeric form (octal, hex, one number) into dotted decimal, so the host is final from here on.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const onLoopback = allowLoopback && (host === 'localhost' || isLoopbackAddress(host));
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (allowHttp || onLoopback))) {
      throw refused(text, `its scheme is ${url.protocol} and only https: is allowed`);
    }
    if (onLoopback) return url;
    if (isIP(host) !== 0 && !isPublicAddress(host)) throw refused(text, `${host} is not a public address`);
    if (!allowedName(host)) throw refused(text, `${host} is not in the list of allowed domains`);
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    if (!ports.has(port)) throw refused(text, `port ${port} is not allowed`);
    return url;
  };

  const lookup: LookupFunction = (hostname, lookupOptions, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const bad = addresses.find(({ address }) => !allowedAddress(address));
      const first = addresses[0];
      if (bad !== undefined || first === undefined) {
        // One bad address among good ones refuses the name: nobody honest publishes such a set.
        const reason =
          bad === undefined ? 'has no address' : `resolves to ${bad.address}, which is not a public address`;
        return callback(new HttpError('permanent', `refused to connect: ${hostname} ${reason}`), '', 0);
      }
      if (lookupOptions.all === true) return callback(null, [...addresses]);
      callback(null, first.address, first.family);
    });
  };
  return { check, lookup };
}

/** White space, controls and backslashes: the URL parser drops or rewrites them, so what is checked is not what is seen. */
function hasUnsafeText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f || code === 0x5c) return true;
  }
  return false;
}

function refused(url: string, reason: string): HttpError {
  const shown = sanitizeUrl(url);
  return new HttpError('permanent', `refused to fetch ${shown}: ${reason}`, { url: shown });
}

const systemResolve: Resolve = (hostname, answer) => {
  dnsLookup(hostname, { all: true }, (error, addresses) => answer(error, error === null ? addresses : []));
};

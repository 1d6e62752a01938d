import { createHttpClient, type HttpClient } from '../../http/client.ts';
import { createUrlPolicy, type UrlPolicy } from '../../http/url-policy.ts';
import type { StageContext } from '../../runtime/define-app.ts';
import type { DownloadSettings } from './settings.ts';

/** What files are fetched with: a pool of connections, and the rule that says where they may come from. */
export interface FileHosts {
  readonly client: HttpClient;
  /** Links come from data, so each one passes it, and so does each address that its host resolves to. */
  readonly policy: UrlPolicy;
}

export function openFileHosts({
  config: { downloads },
  onClose,
}: Pick<StageContext<{ readonly downloads: DownloadSettings }>, 'config' | 'onClose'>): FileHosts {
  const policy = createUrlPolicy({
    allowedDomains: downloads.allowedDomains,
    allowLoopback: downloads.allowLoopback,
  });
  const client = createHttpClient({
    connectionsPerHost: downloads.concurrency,
    headersTimeoutMs: downloads.responseTimeoutMs,
    bodyTimeoutMs: downloads.responseTimeoutMs,
    lookup: policy.lookup,
  });
  onClose(() => client.close());
  return { client, policy };
}

import type { KafkaErrorName } from './kafka-error.ts';
import type { ApiName, Apis } from './protocol/apis.ts';

/** A request on its way into the broker, for a fault hook to look at. */
export type InterceptedRequest = {
  readonly [K in ApiName]: { readonly api: K; readonly request: Apis[K]['request'] };
}[ApiName];

/**
 * What a fault hook does to one request.
 *
 * - `error`: it is not carried out; the client is told this error.
 * - `drop`: it is not carried out and never answered, as on a connection that broke before the broker read it.
 * - `dropReply`: it is carried out, and the answer is lost: the case that idempotence is for.
 * - `delay`: it is carried out that much later.
 */
export type Fault =
  | { readonly kind: 'error'; readonly error: KafkaErrorName }
  | { readonly kind: 'drop' }
  | { readonly kind: 'dropReply' }
  | { readonly kind: 'delay'; readonly delayMs: number };

/** Asked once for each request; null lets it pass. */
export type Intercept = (request: InterceptedRequest) => Fault | null;

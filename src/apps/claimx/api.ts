import { createBreaker, type Breaker, type BreakerState } from '../../http/breaker.ts';
import { createHttpClient } from '../../http/client.ts';
import { counterFrom, gaugeFrom } from '../../observe/metrics.ts';
import type { StageContext } from '../../runtime/define-app.ts';
import { createClaimxApi, type ApiCall, type ClaimxApi } from './api-client.ts';
import type { ClaimxConfig } from './config.ts';

type ApiContext = Pick<StageContext<ClaimxConfig>, 'config' | 'logger' | 'metrics' | 'clock' | 'onClose' | 'readiness'>;

/** The ClaimX API as a stage uses it: with its own pool and breaker, metrics labelled by stage, and a readiness condition. */
export function openApi(stage: string, { config, logger, metrics, clock, onClose, readiness }: ApiContext): ClaimxApi {
  const { api } = config;
  const http = createHttpClient({
    connectionsPerHost: api.maxConcurrent,
    headersTimeoutMs: api.timeoutMs,
    bodyTimeoutMs: api.timeoutMs,
  });
  const changes: Record<BreakerState, number> = { closed: 0, open: 0, 'half-open': 0 };
  const breaker = createBreaker({
    name: 'the ClaimX API',
    ...api.breaker,
    onStateChange: (state, previous) => {
      changes[state]++;
      logger.warn({ stage, state, previous }, 'the circuit of the ClaimX API changed');
    },
  });
  const counts = countCalls(stage, metrics);
  const gauge = gaugeFrom(metrics, {
    name: 'claimx_api_circuit_open',
    help: '0 closed, 0.5 half-open, 1 open',
    labels: { stage },
    read: () => openness(breaker),
  });
  const hideChanges = (Object.keys(changes) as BreakerState[]).map((state) =>
    counterFrom(metrics, {
      name: 'claimx_api_circuit_changes_total',
      help: 'how often the circuit went to a state',
      labels: { stage, state },
      read: () => changes[state],
    }),
  );
  readiness('ClaimX API', () =>
    breaker.state === 'open' ? { ready: false, reason: 'the circuit of the ClaimX API is open' } : { ready: true },
  );
  onClose(async () => {
    gauge();
    for (const hide of hideChanges) hide();
    counts.close();
    breaker.close();
    await http.close();
  });
  return createClaimxApi({ config: api, http, breaker, now: () => clock.now(), onCall: counts.add });
}

function openness({ state }: Breaker): number {
  return state === 'open' ? 1 : state === 'half-open' ? 0.5 : 0;
}

function countCalls(
  stage: string,
  metrics: ApiContext['metrics'],
): { readonly add: (call: ApiCall) => void; readonly close: () => void } {
  const counts = new Map<string, { calls: number; ms: number }>();
  const closers: (() => void)[] = [];
  return {
    add: ({ endpoint, outcome, durationMs }) => {
      const key = `${endpoint} ${outcome}`;
      let count = counts.get(key);
      if (count === undefined) {
        const made = { calls: 0, ms: 0 };
        counts.set(key, (count = made));
        const labels = { stage, endpoint, outcome };
        closers.push(
          counterFrom(metrics, {
            name: 'claimx_api_calls_total',
            help: 'exchanges with the ClaimX API, by status code or kind of failure',
            labels,
            read: () => made.calls,
          }),
          counterFrom(metrics, {
            name: 'claimx_api_seconds_total',
            help: 'time spent in exchanges with the ClaimX API',
            labels,
            read: () => made.ms / 1000,
          }),
        );
      }
      count.calls++;
      count.ms += durationMs;
    },
    close: () => closers.splice(0).forEach((close) => close()),
  };
}

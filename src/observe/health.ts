import { messageOf } from '../core/errors.ts';

export type ReadinessAnswer = { readonly ready: true } | { readonly ready: false; readonly reason: string };

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: readonly HealthCheckResult[];
}

export interface HealthCheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly reason?: string;
}

/**
 * Conditions of readiness (may work be sent here?) and of liveness (should this process be restarted?). A check that
 * throws is a failed one: the report never throws.
 */
export class Health {
  readonly #readiness = new Map<string, () => ReadinessAnswer>();
  readonly #liveness = new Map<string, () => ReadinessAnswer>();

  /** Adds or replaces a condition of readiness. @returns takes it away again */
  readiness(name: string, check: () => ReadinessAnswer): () => void {
    this.#readiness.set(name, check);
    return () => void this.#readiness.delete(name);
  }

  /** Adds or replaces a condition of life. @returns takes it away again */
  liveness(name: string, check: () => ReadinessAnswer): () => void {
    this.#liveness.set(name, check);
    return () => void this.#liveness.delete(name);
  }

  /** A process that is not live is not ready either. */
  ready(): HealthReport {
    return report([...this.#liveness, ...this.#readiness]);
  }

  live(): HealthReport {
    return report([...this.#liveness]);
  }
}

function report(checks: readonly (readonly [string, () => ReadinessAnswer])[]): HealthReport {
  const results = checks.map(([name, check]): HealthCheckResult => {
    const answer = ask(check);
    return answer.ready ? { name, ok: true } : { name, ok: false, reason: answer.reason };
  });
  return { ok: results.every((result) => result.ok), checks: results };
}

function ask(check: () => ReadinessAnswer): ReadinessAnswer {
  try {
    return check();
  } catch (error) {
    return { ready: false, reason: messageOf(error) };
  }
}

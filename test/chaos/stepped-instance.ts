// An instance that can be told to send itself a signal right before or after a step of its next commit. Its parent arms
// it with `{ arm: { step, when, signal } }`; the steps are those of src/runtime/commit.ts.
import { GroupSession } from '../../src/kafka/group/group-session.ts';
import { IdempotentProducer } from '../../src/kafka/producer/idempotent-producer.ts';
import { StreamTask } from '../../src/runtime/stream-task.ts';
import { StoredTaskState } from '../../src/state/stored-task-state.ts';

export const STEPS = ['caches', 'inFlight', 'flush', 'positions', 'transaction', 'state'] as const;
export type Step = (typeof STEPS)[number];

export interface Trap {
  readonly step: Step;
  readonly when: 'before' | 'after';
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

let trap: Trap | null = null;

function spring(step: Step, when: Trap['when']): void {
  if (trap?.step !== step || trap.when !== when) return;
  const { signal } = trap;
  trap = null;
  process.kill(process.pid, signal);
}

type Method = (this: unknown, ...given: never[]) => unknown;

/** Puts the traps of a step around a method of a class, which keeps what it does. */
function around(prototype: object, name: string, step: Step): void {
  const before = Object.getOwnPropertyDescriptor(prototype, name);
  const method = before?.value as Method;
  Object.defineProperty(prototype, name, {
    ...before,
    value: function surrounded(this: unknown, ...given: never[]): unknown {
      spring(step, 'before');
      const result = method.apply(this, given);
      if (!(result instanceof Promise)) {
        spring(step, 'after');
        return result;
      }
      return result.then((answer: unknown) => {
        spring(step, 'after');
        return answer;
      });
    },
  });
}

around(StreamTask.prototype, 'prepareCommit', 'caches');
around(StreamTask.prototype, 'keepInFlight', 'inFlight');
around(IdempotentProducer.prototype, 'flush', 'flush');
around(GroupSession.prototype, 'commit', 'positions');
around(IdempotentProducer.prototype, 'sendOffsets', 'positions');
around(IdempotentProducer.prototype, 'commitTransaction', 'transaction');
around(StoredTaskState.prototype, 'commit', 'state');

process.on('message', (message: { readonly arm?: Trap }) => {
  if (message.arm) trap = message.arm;
});
await import('./instance.js');

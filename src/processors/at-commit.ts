import type { ProcessorContext } from './processor.ts';

/**
 * Runs `callback` in each commit, where the runtime can, after the output so far is acknowledged: then no crash finds
 * that an operator forgot an input whose output was never sent.
 */
export function atCommit(context: Pick<ProcessorContext, 'async'>, callback: () => void): void {
  if (context.async.afterFlush === undefined) context.async.beforeCommit(callback);
  else context.async.afterFlush(callback);
}

import { describe, expect, it } from 'vitest';
import type { Action, AddFile } from '../../../src/sinks/delta/actions.ts';
import { type Conflict, conflictWith, type ReadSet } from '../../../src/sinks/delta/conflict.ts';

const add = (path: string, dataChange = true): AddFile => {
  return { path, partitionValues: {}, size: 1, modificationTime: 0, dataChange };
};
const metaData = {
  id: 'x',
  format: { provider: 'parquet', options: {} },
  schemaString: '',
  partitionColumns: [],
  configuration: {},
};
const winners: Record<string, Action[]> = {
  'an append that may concern us': [{ add: add('may') }],
  'an append that does not': [{ add: add('other') }],
  'a compaction': [{ add: add('may', false) }, { remove: { path: 'read', dataChange: false } }],
  'a compaction of what we rewrite': [{ remove: { path: 'ours', dataChange: false } }],
  'a deletion in what we read': [{ remove: { path: 'read', dataChange: true } }],
  'a deletion elsewhere': [{ remove: { path: 'other', dataChange: true } }],
  'another application’s mark': [{ txn: { appId: 'other', version: 1 } }],
  'our mark': [{ metaData }, { txn: { appId: 'app', version: 1 } }],
  'new metadata': [{ metaData }],
  'a new protocol': [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }],
  'another domain': [{ domainMetadata: { domain: 'd', configuration: '', removed: false } }],
};

const reads: ReadSet = {
  files: new Set(['read', 'ours']),
  removes: new Set(['ours']),
  mayConcern: ({ path }) => path === 'may',
};

describe('what a commit that was first means', () => {
  it.each<[string, Conflict, Conflict]>([
    ['an append that may concern us', 'none', 'replan'],
    ['an append that does not', 'none', 'none'],
    ['a compaction', 'none', 'none'],
    ['a compaction of what we rewrite', 'none', 'replan'],
    ['a deletion in what we read', 'none', 'replan'],
    ['a deletion elsewhere', 'none', 'none'],
    ['another application’s mark', 'none', 'none'],
    ['our mark', 'mark', 'mark'],
    ['new metadata', 'replan', 'replan'],
    ['a new protocol', 'replan', 'replan'],
    ['another domain', 'none', 'none'],
  ])('%s: %s to an append, %s to a merge', (winner, append, merge) => {
    const txns = [{ appId: 'app', version: 5 }];
    expect(conflictWith({ txns, reads: null }, winners[winner] ?? [])).toBe(append);
    expect(conflictWith({ txns, reads }, winners[winner] ?? [])).toBe(merge);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';

import { RegistryCore } from '../../src/embedded/registry-core.ts';

type Field = Readonly<Record<string, unknown>>;
const record = (...fields: readonly Field[]): string => JSON.stringify({ type: 'record', name: 'R', fields });
const ID = { name: 'id', type: 'string' };
const OPTIONAL = { name: 'note', type: ['null', 'string'], default: null };
const REQUIRED = { name: 'count', type: 'int' };

let core: RegistryCore;
beforeEach(() => {
  core = new RegistryCore();
});

describe('ids and versions', () => {
  it('an id belongs to a schema, a version to a subject', () => {
    expect(core.register('a', record(ID))).toMatchObject({ id: 1, version: 1 });
    expect(core.register('b', record(ID, OPTIONAL))).toMatchObject({ id: 2, version: 1 });
    expect(core.register('a', record(ID, OPTIONAL))).toMatchObject({ id: 2, version: 2 });
    expect(core.uses(2)).toEqual([
      { subject: 'a', version: 2 },
      { subject: 'b', version: 1 },
    ]);
  });

  it('two texts of one schema are one schema', () => {
    const { id } = core.register('a', '{"type":"record","name":"R","namespace":"n","fields":[]}');
    expect(core.register('a', '{"fields":[],"name":"n.R","type":"record"}').id).toBe(id);
    expect(core.register('b', '{"type":"string"}').id).toBe(core.register('c', '"string"').id);
  });

  it('documentation makes another schema', () => {
    const { id } = core.register('a', record(ID));
    expect(core.register('a', record({ ...ID, doc: 'key' })).id).not.toBe(id);
  });

  it('lookup finds the version of a schema', () => {
    core.register('a', record(ID));
    core.register('a', record(ID, OPTIONAL));
    expect(core.lookup('a', record(ID, OPTIONAL)).version).toBe(2);
    expect(() => core.lookup('a', record(REQUIRED))).toThrow(coded(40403));
    expect(() => core.lookup('nowhere', record(ID))).toThrow(coded(40401));
  });
});

describe('compatibility', () => {
  const rules: readonly (readonly [string, readonly string[], string, readonly string[]])[] = [
    ['an optional field is added', [record(ID)], record(ID, OPTIONAL), ['BACKWARD', 'FORWARD', 'FULL']],
    ['an optional field is removed', [record(ID, OPTIONAL)], record(ID), ['BACKWARD', 'FORWARD', 'FULL']],
    ['a required field is added', [record(ID)], record(ID, REQUIRED), ['FORWARD']],
    ['a required field is removed', [record(ID, REQUIRED)], record(ID), ['BACKWARD']],
    ['an int becomes a long', [record(REQUIRED)], record({ name: 'count', type: 'long' }), ['BACKWARD']],
    ['a string becomes an int', [record(ID)], record({ name: 'id', type: 'int' }), []],
  ];
  it.each(rules)('when %s', (_what, earlier, next, allowed) => {
    for (const rule of ['BACKWARD', 'FORWARD', 'FULL'] as const) {
      const registry = new RegistryCore();
      registry.compatibility = 'NONE';
      for (const schema of earlier) registry.register('s', schema);
      registry.compatibility = rule;
      const fits = registry.incompatibilities('s', next, 'all').length === 0;
      expect([rule, fits]).toEqual([rule, allowed.includes(rule)]);
    }
  });

  it('is checked against the newest version, or all of them under a transitive rule', () => {
    core.compatibility = 'NONE';
    core.register('s', record());
    core.register('s', record(ID));
    const next = record(ID, OPTIONAL);
    core.compatibility = 'BACKWARD_TRANSITIVE';
    expect(() => core.register('s', next)).toThrow(coded(409));
    core.setSubjectCompatibility('s', 'BACKWARD');
    expect(core.register('s', next).version).toBe(3);
  });

  it('under NONE is not checked', () => {
    core.register('s', record(ID));
    core.setSubjectCompatibility('s', 'NONE');
    expect(core.register('s', '"string"').version).toBe(2);
  });

  it('says what is wrong', () => {
    core.register('s', record(ID));
    expect(core.incompatibilities('s', record(ID, REQUIRED), 'latest')).toEqual([
      expect.stringMatching(/^the new schema cannot read data of version 1 \(.*count.*\)$/),
    ]);
  });

  it('is asked of one version, too', () => {
    core.compatibility = 'NONE';
    core.register('s', record(REQUIRED));
    core.register('s', record(ID));
    core.compatibility = 'BACKWARD';
    expect(core.incompatibilities('s', record(REQUIRED), 1)).toEqual([]);
    expect(() => core.incompatibilities('s', record(REQUIRED), 3)).toThrow(coded(40402));
  });
});

describe('deleting', () => {
  beforeEach(() => {
    core.register('s', record(ID));
    core.register('s', record(ID, OPTIONAL));
  });

  it('a version hides it, and its id stays readable', () => {
    expect(core.deleteVersion('s', 'latest')).toBe(2);
    expect(core.versions('s')).toEqual([1]);
    expect(core.versions('s', true)).toEqual([1, 2]);
    expect(core.schema(2)).toContain('note');
    expect(() => core.deleteVersion('s', 2)).toThrow(coded(40406));
  });

  it('a version for good needs it deleted before', () => {
    expect(() => core.deleteVersion('s', 1, true)).toThrow(coded(40407));
    core.deleteVersion('s', 1);
    expect(core.deleteVersion('s', 1, true)).toBe(1);
    expect(core.versions('s', true)).toEqual([2]);
  });

  it('a subject hides it', () => {
    expect(core.deleteSubject('s')).toEqual([1, 2]);
    expect(core.subjects()).toEqual([]);
    expect(core.subjects(true)).toEqual(['s']);
    expect(() => core.deleteSubject('s')).toThrow(coded(40404));
    expect(() => core.versions('s')).toThrow(coded(40401));
    expect(core.register('s', record(ID))).toMatchObject({ id: 1, version: 3 });
  });

  it('a subject for good needs it deleted before', () => {
    expect(() => core.deleteSubject('s', true)).toThrow(coded(40405));
    core.deleteSubject('s');
    expect(core.deleteSubject('s', true)).toEqual([1, 2]);
    expect(() => core.deleteSubject('s')).toThrow(coded(40401));
  });
});

describe('the mode READONLY', () => {
  it('refuses new schemas and answers known ones', () => {
    core.register('s', record(ID));
    core.setSubjectMode('s', 'READONLY');
    expect(core.register('s', record(ID)).version).toBe(1);
    expect(() => core.register('s', record(ID, OPTIONAL))).toThrow(coded(42205));
    core.setSubjectMode('s', null);
    expect(core.register('s', record(ID, OPTIONAL)).version).toBe(2);
  });
});

function coded(errorCode: number): unknown {
  return expect.objectContaining({ errorCode });
}

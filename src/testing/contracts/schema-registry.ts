import assert from 'node:assert/strict';

import { StreamsError } from '../../core/errors.ts';
import type { SchemaRegistry } from '../../core/serde.ts';

/** One promise of a port. Run it in any test framework: `it.each(cases)('$name', ({ run }) => run())`. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const V1 = schema([{ name: 'id', type: 'string' }]);
const V2 = schema([
  { name: 'id', type: 'string' },
  { name: 'note', type: ['null', 'string'], default: null },
]);
const BREAKING = schema([
  { name: 'id', type: 'string' },
  { name: 'count', type: 'int' },
]);

/**
 * What every {@link SchemaRegistry} promises, under the default rule BACKWARD. `open` answers an empty registry, or one
 * in which subjects that begin with `contract-` and a random part are free.
 */
export function schemaRegistryContract(open: () => Promise<SchemaRegistry>): readonly ContractCase[] {
  const test = (name: string, body: (registry: SchemaRegistry, subject: string) => Promise<void>): ContractCase => ({
    name,
    run: async () => body(await open(), `contract-${Math.random().toString(36).slice(2)}-value`),
  });
  return [
    test('registering answers an id under which the schema is found', async (registry, subject) => {
      const id = await registry.register(subject, V1);
      assert.ok(Number.isInteger(id) && id > 0);
      assert.deepEqual(fieldNames(await registry.schema(id)), ['id']);
    }),
    test('registering the same schema again answers the same id and makes no version', async (registry, subject) => {
      const id = await registry.register(subject, V1);
      assert.equal(await registry.register(subject, JSON.stringify(JSON.parse(V1), null, 2)), id);
      assert.equal((await registry.latest(subject))?.version, 1);
    }),
    test('a schema has one id over all subjects', async (registry, subject) => {
      const id = await registry.register(subject, V1);
      assert.equal(await registry.register(`${subject}-2`, V1), id);
    }),
    test('latest answers the newest version', async (registry, subject) => {
      await registry.register(subject, V1);
      const id = await registry.register(subject, V2);
      const latest = await registry.latest(subject);
      assert.deepEqual({ id: latest?.id, version: latest?.version }, { id, version: 2 });
      assert.deepEqual(fieldNames(latest?.schema ?? '{}'), ['id', 'note']);
    }),
    test('latest sees what was registered since it was last asked', async (registry, subject) => {
      await registry.register(subject, V1);
      assert.equal((await registry.latest(subject))?.version, 1);
      await registry.register(subject, V2);
      assert.equal((await registry.latest(subject))?.version, 2);
    }),
    test('latest answers null for a subject that has no schema', async (registry, subject) => {
      assert.equal(await registry.latest(subject), null);
    }),
    test('versions answers every schema of a subject, oldest first', async (registry, subject) => {
      assert.deepEqual(await registry.versions(subject), []);
      const first = await registry.register(subject, V1);
      const second = await registry.register(subject, V2);
      const versions = await registry.versions(subject);
      assert.deepEqual(
        versions.map(({ id, version, schema: written }) => [id, version, fieldNames(written).length]),
        [
          [first, 1, 1],
          [second, 2, 2],
        ],
      );
    }),
    test('an incompatible schema is refused with SCHEMA_INCOMPATIBLE and not registered', async (registry, subject) => {
      await registry.register(subject, V1);
      await refused('SCHEMA_INCOMPATIBLE', registry.register(subject, BREAKING));
      assert.equal((await registry.latest(subject))?.version, 1);
    }),
    test('compatible says what registering would, and registers nothing', async (registry, subject) => {
      assert.equal(await registry.compatible(subject, BREAKING), true);
      await registry.register(subject, V1);
      assert.equal(await registry.compatible(subject, V2), true);
      assert.equal(await registry.compatible(subject, BREAKING), false);
      assert.equal((await registry.latest(subject))?.version, 1);
    }),
    test('an unknown id is SCHEMA_INVALID', async (registry) => {
      await refused('SCHEMA_INVALID', registry.schema(2_000_000_000));
    }),
    test('what is no schema is SCHEMA_INVALID', async (registry, subject) => {
      await refused('SCHEMA_INVALID', registry.register(subject, '{"type":"record"}'));
    }),
    test('a subject may have any characters', async (registry, subject) => {
      const odd = `${subject}/a b?c&d=é%`;
      const id = await registry.register(odd, V1);
      assert.equal((await registry.latest(odd))?.id, id);
    }),
  ];
}

function schema(fields: readonly unknown[]): string {
  return JSON.stringify({ type: 'record', name: 'Contract', namespace: 'registry', fields });
}

function fieldNames(written: string): string[] {
  const { fields = [] } = JSON.parse(written) as { readonly fields?: readonly { readonly name: string }[] };
  return fields.map(({ name }) => name);
}

async function refused(code: StreamsError['code'], promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof StreamsError && error.code === code);
}

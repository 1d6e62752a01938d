import { beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

import { StreamsError } from '../../src/core/errors.ts';
import { NeedsPreparation } from '../../src/core/serde.ts';
import type { Serde, SerdeUse } from '../../src/core/serde.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import type { AvroJson, AvroSchema } from '../../src/serdes/avro-schema.ts';
import { avro } from '../../src/serdes/avro.ts';

interface User {
  readonly id: string;
  readonly age: number;
  readonly email: string | null;
}
const EMAIL = { name: 'email', type: ['null', 'string'], default: null } as const;
const userSchema: AvroSchema<User> = record([{ name: 'id', type: 'string' }, { name: 'age', type: 'int' }, EMAIL]);
const ann: User = { id: 'ann', age: 30, email: 'a@b' };

let registry: EmbeddedRegistry;
beforeEach(() => {
  registry = new EmbeddedRegistry();
});

describe('preparing an avro serde', () => {
  it('registers the schema under the topic and the role', async () => {
    await prepare(avro(userSchema), { topic: 'users' });
    await prepare(avro<string>('string'), { topic: 'users', role: 'key' });
    expect(registry.core.subjects()).toEqual(['users-key', 'users-value']);
  });

  it('registers under the subject of the options', async () => {
    await prepare(avro(userSchema, { subject: 'all' }));
    await prepare(avro(userSchema, { subject: (topic, role) => `${role}.${topic}` }), { topic: 'users' });
    expect(registry.core.subjects()).toEqual(['all', 'value.users']);
  });

  it('for a store, knows what earlier releases wrote without asking', async () => {
    const before = await prepare(
      avro<Partial<User>>(
        record([
          { name: 'id', type: 'string' },
          { name: 'age', type: 'int' },
        ]),
      ),
    );
    const bytes = before.serialize('t', { id: 'ann', age: 30 });
    const now = await prepare(avro(userSchema));
    expect(now.deserialize('t', bytes)).toStrictEqual({ id: 'ann', age: 30, email: null });
  });

  it('infers the values from the schema', () => {
    expectTypeOf(avro(userSchema)).toEqualTypeOf<Serde<User>>();
    expectTypeOf(avro<string>('string')).toEqualTypeOf<Serde<string>>();
  });

  it('registers nothing for reading', async () => {
    const reader = await prepare(avro(userSchema), { direction: 'read' });
    expect(registry.core.subjects()).toEqual([]);
    expect(() => reader.serialize('t', ann)).toThrow(/prepared for reading/);
  });

  it('leaves the original as it was', async () => {
    const original = avro(userSchema);
    await prepare(original);
    expect(() => original.serialize('t', ann)).toThrow(/await prepare\(\) first/);
  });

  it('says how to set the registry where there is none', async () => {
    const preparing = avro(userSchema).prepare?.({ ...USE, registry: null });
    await expect(preparing).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('set `registry`'),
    });
  });

  it('rejects where the registry refuses the schema', async () => {
    await registry.register('t-value', JSON.stringify(record([{ name: 'other', type: 'string' }])));
    await expect(prepare(avro(userSchema))).rejects.toMatchObject({ code: 'SCHEMA_INCOMPATIBLE' });
  });

  it('refuses what is no schema at once', () => {
    expect(() => avro('{"type": "record"}')).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
    expect(() => avro('{')).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
  });
});

describe('the bytes', () => {
  it('are a byte 0, the id in 4 bytes, and the Avro binary', async () => {
    await registry.register('other', '"string"');
    const serde = await prepare(avro(userSchema));
    expect(serde.serialize('t', ann).toString('hex')).toBe('000000000206616e6e3c0206614062');
  });

  it('are read into plain objects', async () => {
    const serde = await prepare(avro(userSchema));
    const read = serde.deserialize('t', serde.serialize('t', ann));
    expect(read).toStrictEqual(ann);
    expect(structuredClone(read)).toStrictEqual(ann);
  });

  it('of one value do not change when another is written', async () => {
    const serde = await prepare(avro(userSchema));
    const first = serde.serialize('t', ann);
    const copy = Buffer.from(first);
    serde.serialize('t', { ...ann, id: 'bob', age: 99 });
    expect(first.equals(copy)).toBe(true);
  });

  it('may be many more than usual', async () => {
    const serde = await prepare(avro(userSchema));
    for (const length of [1000, 1018, 1019, 1020, 5000, 3_000_000, 10]) {
      const value = { ...ann, id: 'é'.repeat(length) };
      expect(serde.deserialize('t', serde.serialize('t', value))).toEqual(value);
    }
  });

  it('of an absent field are those of its default', async () => {
    const serde = await prepare(avro(userSchema));
    const partial = { id: 'ann', age: 30 } as User;
    expect(serde.deserialize('t', serde.serialize('t', partial))).toEqual({ ...partial, email: null });
  });
});

describe('a record of another writer schema', () => {
  const narrow = record([
    { name: 'id', type: 'string' },
    { name: 'age', type: 'int' },
  ]);
  const wide = record([
    { name: 'id', type: 'string' },
    { name: 'zip', type: 'int' },
    { name: 'age', type: 'int' },
    EMAIL,
  ]);

  it('asks for its schema once, and is then resolved into the reader’s', async () => {
    const writer = await prepare(avro<Partial<User>>(narrow));
    const reader = await prepare(avro(userSchema), { direction: 'read' });
    const bytes = writer.serialize('t', { id: 'ann', age: 30 });
    await recovering(reader, bytes);
    expect(reader.deserialize('t', bytes)).toStrictEqual({ id: 'ann', age: 30, email: null });
  });

  it('may have more fields, and alternate with others', async () => {
    const wideWriter = await prepare(avro<User & { zip: number }>(wide), { topic: 'wide' });
    const serde = await prepare(avro(userSchema));
    const fromWide = wideWriter.serialize('wide', { ...ann, zip: 1 });
    await recovering(serde, fromWide);
    for (const bytes of [fromWide, serde.serialize('t', ann), fromWide]) {
      expect(serde.deserialize('t', bytes)).toStrictEqual(ann);
    }
  });

  it('fails each time when it cannot be resolved, and others are read still', async () => {
    const foreign = await prepare(avro<{ x: string }>(record([{ name: 'x', type: 'string' }])), { topic: 'foreign' });
    const serde = await prepare(avro(userSchema));
    const bytes = foreign.serialize('foreign', { x: 'y' });
    await recovering(serde, bytes);
    for (let turn = 0; turn < 2; turn++) {
      expect(() => serde.deserialize('t', bytes)).toThrow(/schema 1 cannot be read as test\.User: .*User\.id/);
    }
    expect(serde.deserialize('t', serde.serialize('t', ann))).toEqual(ann);
  });

  it('matches by the name without its namespace', async () => {
    const elsewhere = await prepare(avro<User>({ ...userSchema, namespace: 'elsewhere' }), { topic: 'elsewhere' });
    const reader = await prepare(avro(userSchema), { direction: 'read' });
    const bytes = elsewhere.serialize('elsewhere', ann);
    await recovering(reader, bytes);
    expect(reader.deserialize('t', bytes)).toStrictEqual(ann);
  });

  it('is bad bytes when the registry does not know its id, until it does', async () => {
    const reader = await prepare(avro<string>('string'), { direction: 'read' });
    const bytes = Buffer.from('00000000010261', 'hex');
    await recovering(reader, bytes);
    expect(() => reader.deserialize('t', bytes)).toThrow(
      expect.objectContaining({
        code: 'DESERIALIZATION',
        message: expect.stringContaining('has no schema of this id'),
      }),
    );
    await registry.register('late', '"string"');
    await recovering(reader, bytes);
    expect(reader.deserialize('t', bytes)).toBe('a');
  });

  it('is bad bytes for each of several readers that asked for its id at the same time', async () => {
    const reader = await prepare(avro<string>('string'), { direction: 'read' });
    const bytes = Buffer.from('00000000010261', 'hex');
    const asked = [needs(reader, bytes), needs(reader, bytes)];
    for (const error of asked) await reader.recover?.(error);
    for (const _ of asked) expect(() => reader.deserialize('t', bytes)).toThrow('has no schema of this id');
    await registry.register('late', '"string"');
    await recovering(reader, bytes);
    expect(reader.deserialize('t', bytes)).toBe('a');
  });

  it('is bad bytes for the reader that asked, though another record of its id is read before it is read again', async () => {
    const reader = await prepare(avro<string>('string'), { direction: 'read' });
    const [bytes, other] = [Buffer.from('00000000010261', 'hex'), Buffer.from('00000000010262', 'hex')];
    await reader.recover?.(needs(reader, bytes));
    for (let i = 0; i < 5; i++) needs(reader, other);
    expect(() => reader.deserialize('t', bytes)).toThrow('has no schema of this id');
  });

  it('is bad bytes too where each reading looks at the bytes anew', async () => {
    const reader = await prepare(avro<string>('string'), { direction: 'read' });
    const bytes = Buffer.from('00000000010261ff', 'hex');
    await reader.recover?.(needs(reader, bytes.subarray(0, 7)));
    expect(() => reader.deserialize('t', bytes.subarray(0, 7))).toThrow('has no schema of this id');
  });

  it('waits for a registry that is away', async () => {
    const away = new StreamsError('REGISTRY_UNAVAILABLE', 'away');
    const reader = await prepare(avro<string>('string'), { direction: 'read' });
    vi.spyOn(registry, 'schema').mockRejectedValueOnce(away);
    await expect(reader.recover?.(needs(reader, Buffer.alloc(6)))).rejects.toBe(away);
  });
});

describe('errors', () => {
  it('of writing name the fields and no value', async () => {
    const serde = await prepare(avro(userSchema));
    const bad = { id: 5, age: 'secret', email: ['secret'] } as unknown as User;
    const error = thrown(() => serde.serialize('t', bad));
    expect(error).toMatchObject({
      code: 'SERIALIZATION',
      message:
        'test.User: id: expected string, got a number; age: expected int, got a string; email: expected null | string, got an array',
    });
    expect(JSON.stringify(error, ['message', 'stack', 'cause'])).not.toContain('secret');
  });

  it('of writing say what is missing', async () => {
    const serde = await prepare(avro(userSchema));
    expect(() => serde.serialize('t', { id: 'x' } as User)).toThrow('test.User: age: expected int, got nothing');
    expect(() => serde.serialize('t', 'x' as unknown as User)).toThrow('the value: expected test.User, got a string');
  });

  it('of reading say in which field the bytes end', async () => {
    const serde = await prepare(avro(userSchema));
    const bytes = serde.serialize('t', ann);
    expect(() => serde.deserialize('t', bytes.subarray(0, -2))).toThrow(
      'test.User (schema 1): the bytes end too early in field email',
    );
    expect(() => serde.deserialize('t', Buffer.concat([bytes, Buffer.alloc(3)]))).toThrow('3 bytes are left');
  });

  it('of reading say that bytes are not framed', async () => {
    const serde = await prepare(avro(userSchema));
    expect(() => serde.deserialize('t', Buffer.from('{"id":"x"}'))).toThrow(
      /expected a byte 0 .*, got a first byte 123/,
    );
    expect(() => serde.deserialize('t', Buffer.alloc(2))).toThrow(/got 2 bytes/);
  });
});

const USE = { topic: 't', role: 'value', direction: 'both' } as const;

async function prepare<T>(serde: Serde<T>, use: Partial<SerdeUse> = {}): Promise<Serde<T>> {
  const prepared = await serde.prepare?.({ ...USE, registry, ...use });
  if (!prepared) throw new Error('an avro serde has prepare()');
  return prepared;
}

async function recovering(serde: Serde<unknown>, bytes: Buffer): Promise<void> {
  await serde.recover?.(needs(serde, bytes));
}

function needs(serde: Serde<unknown>, bytes: Buffer): NeedsPreparation {
  const error = thrown(() => serde.deserialize('t', bytes));
  if (error instanceof NeedsPreparation) return error;
  throw new Error('expected NeedsPreparation', { cause: error });
}

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

function record(fields: NonNullable<AvroJson['fields']>): AvroJson {
  return { type: 'record', name: 'User', namespace: 'test', fields };
}

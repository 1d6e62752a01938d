import { describe, expect, it } from 'vitest';

import type { Serde } from '../../src/core/serde.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import { eventSchema, newEvent } from '../../src/apps/claimx/schemas.generated.ts';
import type { Event } from '../../src/apps/claimx/schemas.generated.ts';
import type { AvroJson } from '../../src/serdes/avro-schema.ts';
import { avroType } from '../../src/serdes/avro-type.ts';
import { jsonConverter } from '../../src/serdes/json-converter.ts';
import { jsonOrAvro } from '../../src/serdes/json-or-avro.ts';

const event = newEvent({
  event_id: 'e1',
  event_type: 'PROJECT_FILE_ADDED',
  project_id: 'p1',
  ingested_at: 1_767_225_600_123,
  raw_data: '{"a":1}',
});

describe('jsonOrAvro', () => {
  it('reads Avro by its first byte and any other record as JSON', async () => {
    const registry = new EmbeddedRegistry();
    const use = { topic: 'events', role: 'value', direction: 'both', registry } as const;
    const serde = await jsonOrAvro(eventSchema).prepare?.(use);
    const binary = serde?.serialize('events', event) ?? Buffer.alloc(0);
    expect(binary[0]).toBe(0);
    expect(serde?.deserialize('events', binary)).toStrictEqual(event);
    expect(serde?.deserialize('events', Buffer.from(JSON.stringify(event)))).toStrictEqual(event);
  });

  it('asks for the schema of an Avro record it does not know', async () => {
    const registry = new EmbeddedRegistry();
    const use = { topic: 'events', role: 'value', registry } as const;
    const writer = await jsonOrAvro(eventSchema).prepare?.({ ...use, direction: 'write' });
    const reader = await jsonOrAvro(eventSchema).prepare?.({ ...use, direction: 'read' });
    const bytes = writer?.serialize('events', event) ?? Buffer.alloc(0);
    const error = thrown(() => reader?.deserialize('events', bytes));
    expect(error).toMatchObject({ name: 'NeedsPreparation', what: 1 });
    await reader?.recover?.(error as never);
    expect(reader?.deserialize('events', bytes)).toStrictEqual(event);
  });

  it('reads JSON where there is no registry, and says so of Avro', async () => {
    const use = { topic: 'events', role: 'value', direction: 'read', registry: null } as const;
    const serde = await jsonOrAvro(eventSchema).prepare?.(use);
    expect(serde?.deserialize('events', Buffer.from(JSON.stringify(event)))).toStrictEqual(event);
    expect(() => serde?.deserialize('events', Buffer.alloc(9))).toThrow(/no schema registry to read it with/);
  });
});

describe('JSON of a source', () => {
  const serde: Serde<Event> = jsonOrAvro(eventSchema);
  const read = (json: unknown): Event => serde.deserialize('t', Buffer.from(JSON.stringify(json)));
  const core = {
    event_id: 'e1',
    event_type: 'NEW_KIND',
    project_id: 'p1',
    ingested_at: '2026-01-01T00:00:00.123+00:00',
  };

  it('takes defaults for what is absent, and drops what the schema does not name', () => {
    expect(read({ ...core, extra: 1 })).toStrictEqual({
      ...event,
      event_type: 'NEW_KIND',
      raw_data: null,
    });
  });

  it('may have times as text with a zone, and not without', () => {
    expect(read({ ...core, ingested_at: '2026-01-01 02:00:00+0200' }).ingested_at).toBe(1_767_225_600_000);
    expect(() => read({ ...core, ingested_at: '2026-01-01T00:00:00' })).toThrow(
      'jsonOrAvro(claimx.Event): ingested_at: expected a time with a zone (ISO 8601), or a number, got a string',
    );
  });

  it('may have an object where the schema has JSON text', () => {
    expect(read({ ...core, raw_data: { a: [1] } }).raw_data).toBe('{"a":[1]}');
    expect(read({ ...core, raw_data: '{"a":[1]}' }).raw_data).toBe('{"a":[1]}');
  });

  it('may wrap the values of a union as Avro’s JSON encoding does', () => {
    expect(read({ ...core, media_id: { string: 'm' } }).media_id).toBe('m');
  });

  it('is refused by field, without its values', () => {
    expect(() => read({ ...core, project_id: 4711 })).toThrow('project_id: expected a string, got a number');
    expect(() => read({ event_id: 'e1' })).toThrow('event_type: expected a string, got nothing');
    expect(() => read([1])).toThrow('the value: expected an object, got an array');
    expect(() => serde.deserialize('t', Buffer.from('not json'))).toThrow(/not valid JSON/);
    expect(() => serde.deserialize('t', Buffer.from(''))).toThrow(/not valid JSON/);
  });
});

describe('jsonConverter', () => {
  const cases: readonly (readonly [string, AvroJson['type'], unknown, unknown])[] = [
    ['an array', { type: 'array', items: 'int' }, [1, 2], [1, 2]],
    ['a map', { type: 'map', values: 'double' }, { a: 1.5 }, { a: 1.5 }],
    ['an enum', { type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'B', 'B'],
    ['an unknown symbol with a default', { type: 'enum', name: 'E', symbols: ['A'], default: 'A' }, 'X', 'A'],
    ['bytes', 'bytes', 'aÿ', Buffer.from([0x61, 0xff])],
    ['a fixed', { type: 'fixed', name: 'F', size: 2 }, 'ab', Buffer.from('ab')],
    ['a day', { type: 'int', logicalType: 'date' }, '1970-01-11', 10],
    ['microseconds', { type: 'long', logicalType: 'timestamp-micros' }, '1970-01-01T00:00:00.000123Z', 123],
    ['a decimal', { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }, 12.5, '12.5'],
    ['a bare union of three', ['null', 'string', 'int'], 5, 5],
    ['an ambiguous union', ['int', 'long'], 5, { int: 5 }],
    ['a wrapped ambiguous union', ['int', 'long'], { long: 5 }, { long: 5 }],
  ];
  it.each(cases)('brings %s to the form that avsc writes', (_name, type, json, expected) => {
    const schema: AvroJson = { type: 'record', name: 'R', namespace: 'n', fields: [{ name: 'f', type }] };
    const value = jsonConverter(schema)({ f: json });
    expect(value).toStrictEqual({ f: expected });
    expect(avroType(schema).isValid(value)).toBe(true);
  });

  it('follows a type that names itself, and says where in it a value does not fit', () => {
    const tree: AvroJson = {
      type: 'record',
      name: 'Tree',
      namespace: 'n',
      fields: [
        { name: 'label', type: 'string' },
        { name: 'children', type: { type: 'array', items: 'Tree' }, default: [] },
      ],
    };
    const convert = jsonConverter(tree);
    expect(convert({ label: 'a', children: [{ label: 'b' }] })).toStrictEqual({
      label: 'a',
      children: [{ label: 'b', children: [] }],
    });
    expect(() => convert({ label: 'a', children: [{ label: 'b' }, { label: 1 }] })).toThrow(
      'children.[1].label: expected a string, got a number',
    );
  });

  it('reads large integers from text as bigints', () => {
    const convert = jsonConverter({ type: 'record', name: 'R', fields: [{ name: 'n', type: 'long' }] }, 'bigint');
    expect(convert({ n: '9007199254740993' })).toStrictEqual({ n: 9_007_199_254_740_993n });
    expect(convert({ n: 5 })).toStrictEqual({ n: 5n });
  });

  it('finds a field by its alias', () => {
    const fields = [{ name: 'project_id', type: 'string', aliases: ['projectId'] }];
    expect(jsonConverter({ type: 'record', name: 'R', fields })({ projectId: 'p' })).toStrictEqual({ project_id: 'p' });
  });
});

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

import { describe, expect, it } from 'vitest';
import { StreamsError } from '../../../src/core/errors.ts';
import { deltaSchemaFromAvro } from '../../../src/sinks/delta/avro-schema.ts';
import { protocolFor } from '../../../src/sinks/delta/protocol.ts';
import {
  array,
  checkNewSchema,
  type DeltaSchema,
  type DeltaType,
  field,
  map,
  parseSchema,
  printSchema,
  struct,
} from '../../../src/sinks/delta/schema.ts';

describe('a table’s schema', () => {
  it('is written and read in Delta’s own form', () => {
    const schema = struct(
      field('id', 'string', { nullable: false }),
      field('d', 'decimal(10,2)'),
      field('a', array(struct(field('x', 'timestamp_ntz')), false)),
      field('m', map('string', 'long')),
    );
    expect(printSchema(schema)).toBe(
      '{"type":"struct","fields":[{"name":"id","type":"string","nullable":false,"metadata":{}},' +
        '{"name":"d","type":"decimal(10,2)","nullable":true,"metadata":{}},' +
        '{"name":"a","type":{"type":"array","elementType":{"type":"struct","fields":[{"name":"x","type":"timestamp_ntz",' +
        '"nullable":true,"metadata":{}}]},"containsNull":false},"nullable":true,"metadata":{}},' +
        '{"name":"m","type":{"type":"map","keyType":"string","valueType":"long","valueContainsNull":true},"nullable":true,"metadata":{}}]}',
    );
    expect(parseSchema(printSchema(schema))).toEqual(schema);
  });

  it('is refused with a type that is not known', () => {
    const variant = { type: 'struct', fields: [{ name: 'v', type: 'variant', nullable: true, metadata: {} }] };
    expect(() => parseSchema(JSON.stringify(variant))).toThrow('column v has the unknown type variant');
  });

  it.each<[string, DeltaSchema]>([
    ['no columns', struct()],
    ['a space in a name', struct(field('a b', 'string'))],
    ['an empty name', struct(field('', 'string'))],
    ['a name twice but for its case', struct(field('id', 'string'), field('ID', 'long'))],
    ['the same in a struct', struct(field('s', array(struct(field('x', 'string'), field('X', 'long')))))],
    ['a decimal that is too long', struct(field('d', 'decimal(39,0)'))],
    ['a type that is none', struct(field('d', 'text' as DeltaType))],
  ])('cannot be created with %s', (_what, schema) => {
    expect(() => checkNewSchema(schema)).toThrow(StreamsError);
  });

  it('needs the newest protocol only for timestamps without a zone', () => {
    expect(protocolFor(struct(field('timestamp_ntz', 'timestamp')))).toEqual({
      minReaderVersion: 1,
      minWriterVersion: 2,
    });
    expect(protocolFor(struct(field('a', array('timestamp_ntz'))))).toMatchObject({
      minReaderVersion: 3,
      readerFeatures: ['timestampNtz'],
      writerFeatures: ['timestampNtz', 'appendOnly', 'invariants'],
    });
  });
});

describe('a table’s schema from Avro', () => {
  const avro = (fields: unknown): unknown => ({ type: 'record', name: 'Event', namespace: 'claims', fields });
  const typeOf = (type: unknown): unknown => {
    const [column] = deltaSchemaFromAvro(avro([{ name: 'c', type }])).fields;
    return column?.nullable ? [column.type, null] : column?.type;
  };

  it.each<[unknown, DeltaType]>([
    ['string', 'string'],
    ['int', 'integer'],
    ['long', 'long'],
    ['float', 'float'],
    ['double', 'double'],
    ['boolean', 'boolean'],
    ['bytes', 'binary'],
    [{ type: 'string', avro: 'attributes are ignored' }, 'string'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, 'timestamp'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 'timestamp'],
    [{ type: 'long', logicalType: 'local-timestamp-millis' }, 'timestamp_ntz'],
    [{ type: 'int', logicalType: 'date' }, 'date'],
    [{ type: 'int', logicalType: 'time-millis' }, 'integer'],
    [{ type: 'string', logicalType: 'uuid' }, 'string'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 12, scale: 3 }, 'decimal(12,3)'],
    [{ type: 'fixed', name: 'F', size: 8, logicalType: 'decimal', precision: 12 }, 'decimal(12,0)'],
    [{ type: 'fixed', name: 'F', size: 8 }, 'binary'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, 'string'],
    [{ type: 'array', items: ['null', 'string'] }, array('string', true)],
    [{ type: 'array', items: 'string' }, array('string', false)],
    [{ type: 'map', values: 'long' }, map('string', 'long', false)],
    [
      { type: 'record', name: 'R', fields: [{ name: 'x', type: 'int' }] },
      struct(field('x', 'integer', { nullable: false })),
    ],
  ])('%o becomes %o', (type, expected) => {
    expect(typeOf(type)).toEqual(expected);
    expect(typeOf(['null', type])).toEqual([expected, null]);
    expect(typeOf([type, 'null'])).toEqual([expected, null]);
  });

  it('knows types by their names, with and without the namespace', () => {
    const kind = { type: 'enum', name: 'Kind', symbols: ['A'] };
    const schema = deltaSchemaFromAvro(
      JSON.stringify(
        avro([
          { name: 'a', type: kind },
          { name: 'b', type: 'Kind' },
          { name: 'c', type: ['null', 'claims.Kind'] },
        ]),
      ),
    );
    expect(schema.fields.map(({ type }) => type)).toEqual(['string', 'string', 'string']);
  });

  it.each<[string, unknown]>([
    ['c: a union of several types', ['null', 'string', 'long']],
    ['c: unknown Avro type Other', 'Other'],
    [
      'c.next: Node contains itself',
      { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] },
    ],
    ['c: a field that is always null', 'null'],
  ])('says where and why it cannot: %s', (message, type) => {
    expect(() => typeOf(type)).toThrow(message);
  });

  it('is only there for records', () => {
    expect(() => deltaSchemaFromAvro({ type: 'array', items: 'string' })).toThrow('must be a record');
  });
});

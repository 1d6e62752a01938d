import { describe, expect, it } from 'vitest';
import { responseSerde, subscriptionKeySerde, subscriptionSerde } from '../../src/processors/subscription-serdes.ts';
import { INSTRUCTION } from '../../src/processors/subscription.ts';
import { waitingKeySerde, waitingValuesSerde } from '../../src/processors/waiting-rows.ts';
import { serdes } from '../../src/serdes/serdes.ts';

const hex = (bytes: Buffer): string => bytes.toString('hex');
const HASH = '30bfb4f39919e764566aea857401d1c6';

describe('what a join by a foreign key sends', () => {
  const subscription = subscriptionSerde(serdes.string, serdes.string);

  it('is a subscription: version 1, instruction, hash of the value, primary key, partition', () => {
    const bytes = subscription.serialize('t', {
      value: 'hello',
      instruction: INSTRUCTION.propagateOnlyIfValue,
      primaryKey: 'pk',
      primaryPartition: 7,
    });
    expect(hex(bytes)).toBe(`0103${HASH}706b00000007`);
    expect(subscription.deserialize('t', bytes)).toEqual({
      hash: Buffer.from(HASH, 'hex'),
      instruction: 3,
      primaryKey: 'pk',
      primaryPartition: 7,
    });
  });

  it('is a subscription without a hash for a deleted row', () => {
    const bytes = subscription.serialize('t', {
      value: null,
      instruction: INSTRUCTION.deleteKeyAndPropagate,
      primaryKey: 'pk',
      primaryPartition: 0,
    });
    expect(hex(bytes)).toBe('8101706b00000000');
    expect(subscription.deserialize('t', bytes)).toMatchObject({ hash: null, primaryKey: 'pk' });
  });

  it('is read in version 0, which has no partition, and refused in a later one', () => {
    expect(subscription.deserialize('t', Buffer.from(`0002${HASH}706b`, 'hex'))).toMatchObject({
      primaryKey: 'pk',
      primaryPartition: null,
    });
    expect(() => subscription.deserialize('t', Buffer.from('8202706b00000000', 'hex'))).toThrow(/version 2/);
    expect(() => subscription.deserialize('t', Buffer.from('8109706b00000000', 'hex'))).toThrow(/instruction 9/);
  });

  it('is kept under the foreign key with its length, then the primary key', () => {
    const serde = subscriptionKeySerde(serdes.string, serdes.string);
    const bytes = serde.serialize('t', { foreignKey: 'fk', primaryKey: 'pk' });
    expect(hex(bytes)).toBe('00000002666b706b');
    expect(serde.deserialize('t', bytes)).toEqual({ foreignKey: 'fk', primaryKey: 'pk' });
  });

  it('is answered with version 0, the hash and the foreign value', () => {
    const serde = responseSerde(serdes.string, serdes.string);
    const answer = { hash: Buffer.from(HASH, 'hex'), foreignValue: 'v', primaryPartition: 7, hashOf: null };
    expect(hex(serde.serialize('t', answer))).toBe(`00${HASH}76`);
    expect(hex(serde.serialize('t', { ...answer, hash: null, foreignValue: null }))).toBe('80');
    const read = serde.deserialize('t', Buffer.from(`00${HASH}76`, 'hex'));
    expect(read).toMatchObject({ foreignValue: 'v', primaryPartition: null });
    expect(read.hashOf?.('hello')).toEqual(read.hash);
  });
});

describe('what waits for a partner', () => {
  it('stands under time, side and key', () => {
    const serde = waitingKeySerde(serdes.string);
    const bytes = serde.serialize('t', { timestamp: 258, left: true, key: 'k' });
    expect(hex(bytes)).toBe('0000000000000102016b');
    expect(serde.deserialize('t', bytes)).toEqual({ timestamp: 258, left: true, key: 'k' });
  });

  it('is a list as Kafka writes one', () => {
    const serde = waitingValuesSerde(serdes.string, serdes.string);
    const bytes = serde.serialize('t', { left: true, values: ['x', 'yz'] });
    expect(hex(bytes)).toBe('01000000020000000201780000000301797a');
    expect(serde.deserialize('t', bytes)).toEqual({ left: true, values: ['x', 'yz'] });
  });
});

import { describe, expect, it } from 'vitest';
import { StreamsError } from '../../../src/core/errors.ts';
import { parseAddress } from '../../../src/kafka/cluster/cluster.ts';
import { kafkaFailure } from '../../../src/kafka/cluster/kafka-failure.ts';
import { backoffMs, retrying } from '../../../src/kafka/cluster/retrying.ts';
import { kafkaErrorCode } from '../../../src/kafka/wire/kafka-errors.ts';

describe('parseAddress', () => {
  it('reads names, IPv4 and IPv6 addresses', () => {
    expect(parseAddress('kafka-1.example:9092')).toEqual({ host: 'kafka-1.example', port: 9092 });
    expect(parseAddress(' 10.0.0.1:1 ')).toEqual({ host: '10.0.0.1', port: 1 });
    expect(parseAddress('[::1]:9093')).toEqual({ host: '::1', port: 9093 });
  });

  it.each(['localhost', ':9092', 'a:0', 'a:70000', 'http://a:9092', ''])('refuses %s', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('kafkaFailure', () => {
  it.each([
    ['NOT_LEADER_OR_FOLLOWER', 'KAFKA_RETRIABLE', true],
    ['CONCURRENT_TRANSACTIONS', 'KAFKA_RETRIABLE', true],
    ['OFFSET_OUT_OF_RANGE', 'OFFSET_OUT_OF_RANGE', false],
    ['MESSAGE_TOO_LARGE', 'RECORD_TOO_LARGE', false],
    ['ILLEGAL_GENERATION', 'FENCED', false],
    ['PRODUCER_FENCED', 'FENCED', false],
    ['TOPIC_AUTHORIZATION_FAILED', 'KAFKA_ERROR', false],
  ])('knows %s', (name, code, retriable) => {
    const failure = kafkaFailure(kafkaErrorCode(name), 'Produce', { topic: 't', partition: 3 });
    expect(failure).toMatchObject({ code, retriable, kafkaError: name, coordinates: { topic: 't', partition: 3 } });
    expect(failure.message).toContain('t-3');
  });

  it('has a name for a number it does not know', () => {
    expect(kafkaFailure(9999, 'Fetch')).toMatchObject({ code: 'KAFKA_ERROR', kafkaError: 'KAFKA_ERROR_9999' });
  });
});

describe('retrying', () => {
  const options = { timeoutMs: 10_000, signal: new AbortController().signal };
  const retriable = new StreamsError('KAFKA_RETRIABLE', 'not now');

  it('repeats a retriable step until it succeeds', async () => {
    let attempts = 0;
    const step = async () => {
      if (++attempts < 3) throw retriable;
      return attempts;
    };
    expect(await retrying(options, step)).toBe(3);
  });

  it('gives up at once for any other error, and when the time is up', async () => {
    let attempts = 0;
    const failing = (error: Error) => async () => {
      attempts++;
      throw error;
    };
    await expect(retrying(options, failing(new StreamsError('FENCED', 'no')))).rejects.toThrow('no');
    await expect(retrying({ ...options, timeoutMs: 0 }, failing(retriable))).rejects.toThrow('not now');
    expect(attempts).toBe(2);
  });

  it('ends when the client is closed', async () => {
    const controller = new AbortController();
    const step = async () => {
      controller.abort();
      throw retriable;
    };
    await expect(retrying({ ...options, signal: controller.signal }, step)).rejects.toThrow('not now');
  });

  it('pauses longer each time, up to about a second', () => {
    expect(backoffMs(0)).toBeLessThan(25);
    expect(backoffMs(50)).toBeGreaterThan(700);
    expect(backoffMs(50)).toBeLessThanOrEqual(1200);
  });
});

import { describe, expect, it } from 'vitest';
import { requestPieces } from '../../../src/kafka/kafkajs/request-pieces.ts';
import { produce } from '../../../src/kafka/wire/requests/produce.ts';

const header = { version: 7, correlationId: 42, clientId: 'me' };

function piecesOf(records: Buffer): Buffer[] {
  const batches = [{ topic: 't', partition: 3, records }];
  return requestPieces(produce({ transactionalId: null, timeoutMs: 30_000, batches }), header);
}

describe('the pieces of a request', () => {
  it('are one for a small request, its length first', () => {
    const [bytes, ...others] = piecesOf(Buffer.from('abc'));
    expect(others).toEqual([]);
    const head = '0000002a 0000 0007 0000002a 0002 6d65';
    const body = 'ffff ffff 00007530 00000001 0001 74 00000001 00000003 00000003 616263';
    expect(bytes?.toString('hex')).toBe(`${head}${body}`.replaceAll(' ', ''));
  });

  it('refer to long record batches, and together are the same bytes', () => {
    const records = Buffer.alloc(100_000, 'x');
    const pieces = piecesOf(records);
    const whole = Buffer.concat(pieces);
    expect(pieces.some((piece) => piece.buffer === records.buffer)).toBe(true);
    expect(whole.readInt32BE(0)).toBe(whole.length - 4);
    expect(whole.subarray(-records.length)).toEqual(records);
  });
});

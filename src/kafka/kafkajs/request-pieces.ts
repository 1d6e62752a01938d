import { BytesWriter } from '../wire/bytes-writer.ts';
import type { WireRequest } from '../wire/request.ts';

export interface RequestHeader {
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string;
}

/** A request as it goes over the wire, its length first, in pieces: record batches are not copied into it. */
export function requestPieces(request: WireRequest<unknown>, header: RequestHeader): Buffer[] {
  const { version, correlationId, clientId } = header;
  const flexible = version >= request.flexibleFrom;
  const writer = new BytesWriter(flexible);
  // The client id keeps its old form in the header of a flexible request (version 2), whose tag section follows it.
  const client = Buffer.from(clientId);
  writer.int32(0).int16(request.apiKey).int16(version).int32(correlationId).int16(client.length).raw(client).tags();
  request.write(writer, version);
  const pieces = writer.pieces();
  let length = -4;
  for (const piece of pieces) length += piece.length;
  pieces[0]?.writeInt32BE(length, 0);
  return pieces;
}

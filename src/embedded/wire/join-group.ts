import { joinRefused } from '../refusals.ts';
import { errorCode, handle, type WireApi } from './wire-api.ts';

export const joinGroup: WireApi = {
  apiKey: 11,
  minVersion: 2,
  maxVersion: 5,
  flexibleFrom: 6,
  serve(call) {
    const { reader, version, clientId, clientHost } = call;
    const request = {
      groupId: reader.string(),
      sessionTimeoutMs: reader.int32(),
      rebalanceTimeoutMs: reader.int32(),
      memberId: reader.string(),
      groupInstanceId: version >= 5 ? reader.nullableString() : null,
      protocolType: reader.string(),
      protocols: reader.array(() => ({ name: reader.string(), metadata: Buffer.from(reader.bytes()) })),
      requireKnownMemberId: version >= 4,
      clientId,
      clientHost,
    };
    return handle(
      call,
      'JoinGroup',
      request,
      (error) => joinRefused(error, request.memberId),
      (response, writer) => {
        writer.int32(0).int16(errorCode(response.error)).int32(response.generationId);
        writer
          .string(response.protocolName ?? '')
          .string(response.leader)
          .string(response.memberId);
        writer.array(response.members, ({ memberId, groupInstanceId, metadata }) => {
          writer.string(memberId);
          if (version >= 5) writer.string(groupInstanceId);
          writer.bytes(metadata);
        });
      },
    );
  },
};

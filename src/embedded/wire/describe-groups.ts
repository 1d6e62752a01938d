import { isRefusal } from '../protocol/apis.ts';
import type { DescribeGroupResponse } from '../protocol/groups.ts';
import { errorCode, type WireApi } from './wire-api.ts';

const NOTHING = Buffer.alloc(0);
const NOT_TOLD = -0x8000_0000;

/** DescribeGroups, without the members' metadata and assignments. */
export const describeGroups: WireApi = {
  apiKey: 15,
  minVersion: 0,
  maxVersion: 4,
  flexibleFrom: 5,
  serve({ broker, reader, version, reply }) {
    const names = reader.array(() => reader.string());
    const described: DescribeGroupResponse[] = [];
    const done = (): void => {
      if (described.length < names.length) return;
      reply((writer) => {
        if (version >= 1) writer.int32(0);
        writer.array(described, ({ error, groupId, state, protocolType, members }) => {
          writer.int16(errorCode(error)).string(groupId).string(state).string(protocolType).string('');
          writer.array(members, ({ memberId, clientId, host }) => {
            writer.string(memberId);
            if (version >= 4) writer.string(null);
            writer.string(clientId).string(host).bytes(NOTHING).bytes(NOTHING);
          });
          if (version >= 3) writer.int32(NOT_TOLD);
        });
      });
    };
    for (const groupId of names) {
      broker.handle('DescribeGroups', { groupId }, (answer) => {
        described.push(
          isRefusal(answer) ? { error: answer.refused, groupId, state: '', protocolType: '', members: [] } : answer,
        );
        done();
      });
    }
    if (names.length === 0) done();
  },
};

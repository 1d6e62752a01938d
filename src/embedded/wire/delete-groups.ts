import { isRefusal } from '../protocol/apis.ts';
import type { KafkaErrorName } from '../kafka-error.ts';
import { errorCode, type WireApi } from './wire-api.ts';

export const deleteGroups: WireApi = {
  apiKey: 42,
  minVersion: 0,
  maxVersion: 1,
  flexibleFrom: 2,
  serve({ broker, reader, reply }) {
    const names = reader.array(() => reader.string());
    const deleted: { groupId: string; error: KafkaErrorName }[] = [];
    const done = (): void => {
      if (deleted.length < names.length) return;
      reply((writer) => {
        writer.int32(0).array(deleted, ({ groupId, error }) => writer.string(groupId).int16(errorCode(error)));
      });
    };
    for (const groupId of names) {
      broker.handle('DeleteGroups', { groupId }, (answer) => {
        deleted.push({ groupId, error: isRefusal(answer) ? answer.refused : answer.error });
        done();
      });
    }
    if (names.length === 0) done();
  },
};

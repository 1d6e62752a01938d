import type { WireApi } from './wire-api.ts';

/** One broker coordinates every group and transaction. */
export const findCoordinator: WireApi = {
  apiKey: 10,
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 3,
  serve({ version, host, port, reply }) {
    reply((writer) => {
      if (version >= 1) writer.int32(0);
      writer.int16(0);
      if (version >= 1) writer.string(null);
      writer.int32(0).string(host).int32(port);
    });
  },
};

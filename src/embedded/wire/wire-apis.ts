import { addOffsetsToTxn } from './add-offsets-to-txn.ts';
import { addPartitionsToTxn } from './add-partitions-to-txn.ts';
import { createTopics } from './create-topics.ts';
import { deleteGroups } from './delete-groups.ts';
import { deleteRecords } from './delete-records.ts';
import { deleteTopics } from './delete-topics.ts';
import { describeGroups } from './describe-groups.ts';
import { endTxn } from './end-txn.ts';
import { fetch } from './fetch.ts';
import { findCoordinator } from './find-coordinator.ts';
import { heartbeat } from './heartbeat.ts';
import { initProducerId } from './init-producer-id.ts';
import { joinGroup } from './join-group.ts';
import { leaveGroup } from './leave-group.ts';
import { listGroups } from './list-groups.ts';
import { listOffsets } from './list-offsets.ts';
import { metadata } from './metadata.ts';
import { offsetCommit } from './offset-commit.ts';
import { offsetFetch } from './offset-fetch.ts';
import { produce } from './produce.ts';
import { syncGroup } from './sync-group.ts';
import { txnOffsetCommit } from './txn-offset-commit.ts';
import type { WireApi } from './wire-api.ts';

export const API_VERSIONS_KEY = 18;
const API_VERSIONS_MAX = 2;

const SERVED = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  txnOffsetCommit,
  deleteGroups,
];

const UNSUPPORTED_VERSION = 35;

/** Tells the versions; in the first version's form, with an error, to a client that asks in one not spoken here (KIP-511). */
const apiVersions: WireApi = {
  apiKey: API_VERSIONS_KEY,
  minVersion: 0,
  maxVersion: API_VERSIONS_MAX,
  flexibleFrom: Infinity,
  serve({ version, reply }) {
    const isSpoken = version <= API_VERSIONS_MAX;
    reply((writer) => {
      writer.int16(isSpoken ? 0 : UNSUPPORTED_VERSION);
      writer.array([...WIRE_APIS.values()], ({ apiKey, minVersion, maxVersion }) => {
        writer.int16(apiKey).int16(minVersion).int16(maxVersion);
      });
      if (isSpoken && version >= 1) writer.int32(0);
    });
  },
};

/** Every request that the wire server answers, by its key. */
export const WIRE_APIS: ReadonlyMap<number, WireApi> = new Map(
  [...SERVED, apiVersions].map((api): [number, WireApi] => [api.apiKey, api]),
);

import type { WireRequest } from '../request.ts';

export type CoordinatorKind = 'group' | 'transaction';

export interface FindCoordinatorAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** The broker that keeps a group's or a transactional id's state. */
export function findCoordinator(kind: CoordinatorKind, key: string): WireRequest<FindCoordinatorAnswer> {
  return {
    apiKey: 10,
    apiName: 'FindCoordinator',
    versions: [2],
    flexibleFrom: 3,
    write: (writer) => writer.string(key).int8(kind === 'group' ? 0 : 1),
    read: (reader) => {
      reader.int32();
      return {
        errorCode: reader.int16(),
        errorMessage: reader.nullableString(),
        nodeId: reader.int32(),
        host: reader.string(),
        port: reader.int32(),
      };
    },
  };
}

import type { KafkaErrorName } from '../kafka-error.ts';
import type * as groups from './groups.ts';
import type * as records from './records.ts';
import type * as topics from './topics.ts';
import type * as transactions from './transactions.ts';

/** Every request the embedded broker knows, by Kafka's name, with its answer. */
export interface Apis {
  Produce: Api<records.ProduceRequest, records.ProduceResponse>;
  Fetch: Api<records.FetchRequest, records.FetchResponse>;
  ListOffsets: Api<records.ListOffsetsRequest, records.ListOffsetsResponse>;
  DeleteRecords: Api<records.DeleteRecordsRequest, records.DeleteRecordsResponse>;
  Metadata: Api<topics.MetadataRequest, topics.MetadataResponse>;
  CreateTopics: Api<topics.CreateTopicsRequest, topics.TopicsResponse>;
  DeleteTopics: Api<topics.DeleteTopicsRequest, topics.TopicsResponse>;
  JoinGroup: Api<groups.JoinGroupRequest, groups.JoinGroupResponse>;
  SyncGroup: Api<groups.SyncGroupRequest, groups.SyncGroupResponse>;
  Heartbeat: Api<groups.HeartbeatRequest, groups.HeartbeatResponse>;
  LeaveGroup: Api<groups.LeaveGroupRequest, groups.LeaveGroupResponse>;
  OffsetCommit: Api<groups.OffsetCommitRequest, groups.OffsetCommitResponse>;
  OffsetFetch: Api<groups.OffsetFetchRequest, groups.OffsetFetchResponse>;
  ListGroups: Api<Record<string, never>, groups.ListGroupsResponse>;
  DescribeGroups: Api<groups.DescribeGroupRequest, groups.DescribeGroupResponse>;
  DeleteGroups: Api<groups.DeleteGroupRequest, groups.DeleteGroupResponse>;
  InitProducerId: Api<transactions.InitProducerIdRequest, transactions.InitProducerIdResponse>;
  AddPartitionsToTxn: Api<transactions.AddPartitionsToTxnRequest, transactions.AddPartitionsToTxnResponse>;
  AddOffsetsToTxn: Api<transactions.AddOffsetsToTxnRequest, transactions.TransactionResponse>;
  TxnOffsetCommit: Api<groups.TxnOffsetCommitRequest, groups.OffsetCommitResponse>;
  EndTxn: Api<transactions.EndTxnRequest, transactions.TransactionResponse>;
}

interface Api<Request, Response> {
  readonly request: Request;
  readonly response: Response;
}

export type ApiName = keyof Apis;

/** A refusal of the whole request: what a fault hook answers, and what the wire server writes into every field for errors. */
export interface Refusal {
  readonly refused: KafkaErrorName;
}

export type Answer<K extends ApiName> = Apis[K]['response'] | Refusal;

/** Called once, at once or later. */
export type Reply<K extends ApiName> = (answer: Answer<K>) => void;

export function isRefusal(answer: object): answer is Refusal {
  return 'refused' in answer;
}

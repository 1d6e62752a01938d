// The public door of `topology-streams`. What is not named here is internal and may change at any time.

// Declaring a topology.
export { StreamsBuilder } from './topology/builder.ts';
export type { KStream, Predicate, ValueMapper } from './topology/stream.ts';
export type { KTable } from './topology/table.ts';
export type { GlobalKTable } from './topology/global-table.ts';
export type { Aggregator, GroupedStream, Reducer } from './topology/grouped-stream.ts';
export type { GroupedTable } from './topology/grouped-table.ts';
export type { Merger, SessionWindowedStream, TimeWindowedStream } from './topology/windowed-stream.ts';
export type { BranchOptions, SplitStream } from './topology/split-stream.ts';
export { joinWindow, type JoinWindowOptions, type JoinWindows } from './topology/join-windows.ts';
export { hopping, session, sliding, tumbling } from './topology/windows.ts';
export type { SessionWindows, SlidingWindows, TimeWindows } from './topology/windows.ts';
export { untilTimeLimit, untilWindowCloses } from './topology/suppressed.ts';
export type { BufferLimits, Suppressed, SuppressOptions, TimeLimitOptions } from './topology/suppressed.ts';
export type { EmitStrategy } from './processors/final-results.ts';
export type * from './topology/options.ts';

// The compiled topology, and the pictures of an application made of several.
export type {
  StreamPartitioner,
  TimestampExtractor,
  TopicNameExtractor,
  Topology,
  TopologyPlan,
} from './topology/topology.ts';
export type { StagePlan } from './topology/render/picture.ts';
export { renderAppDot } from './topology/render/dot.ts';
export { renderAppJson } from './topology/render/json.ts';
export { renderAppMermaid } from './topology/render/mermaid.ts';
export { renderAppSvg } from './topology/render/svg.ts';

// Async work, batches, retries.
export { failed, Failure } from './processors/options.ts';
export type {
  AsyncMapper,
  AsyncRecord,
  BatchItem,
  BatchOptions,
  DedupeOptions,
  FailureClass,
  MapAsyncOptions,
  RetryOptions,
} from './processors/options.ts';

// Processors of one's own, and stores.
export type {
  Cancellable,
  DropReason,
  Emission,
  Forward,
  Processor,
  ProcessorContext,
  ProcessorSupplier,
  PunctuationType,
  Punctuator,
} from './processors/processor.ts';
export {
  keyValueStore,
  sessionStore,
  timestampedKeyValueStore,
  versionedKeyValueStore,
  windowStore,
  type KeyValueStoreOptions,
  type SessionStoreSpecOptions,
  type VersionedStoreSpecOptions,
  type WindowStoreSpecOptions,
} from './topology/stores.ts';
export type { StoreSpec } from './state/store-spec.ts';
export type {
  KeyValueStore,
  ReadOnlyKeyValueStore,
  ReadOnlySessionStore,
  ReadOnlyVersionedStore,
  ReadOnlyWindowStore,
  SessionStore,
  StateStore,
  StoredWindow,
  StoreIterator,
  TimestampedKeyValueStore,
  TimestampedWindowStore,
  ValueAndTimestamp,
  VersionedKeyValueStore,
  VersionedRecord,
} from './state/store.ts';

// Bytes.
export { serdes } from './serdes/serdes.ts';
export { avro, type AvroOptions } from './serdes/avro.ts';
export { jsonOrAvro } from './serdes/json-or-avro.ts';
export type { AvroField, AvroJson, AvroSchema, AvroType } from './serdes/avro-schema.ts';
export { confluentRegistry, type ConfluentRegistryOptions } from './serdes/confluent-registry.ts';
export { NeedsPreparation } from './core/serde.ts';
export type { RegisteredSchema, SchemaRegistry, Serde, SerdeUse, Windowed } from './core/serde.ts';

// External sinks, and Delta tables.
export { delta } from './sinks/delta/delta.ts';
export { deltaTables } from './sinks/delta/delta-tables.ts';
export { deltaSchemaFromAvro } from './sinks/delta/avro-schema.ts';
export { array, field, map, struct } from './sinks/delta/schema.ts';
export type { DeltaArray, DeltaField, DeltaMap, DeltaPrimitive, DeltaSchema, DeltaType } from './sinks/delta/schema.ts';
export { DeltaTable } from './sinks/delta/table.ts';
export { deleted } from './sinks/delta/options.ts';
export type {
  DeletedRow,
  DeltaFlushOptions,
  DeltaOptions,
  DeltaTableOptions,
  DeltaTablesOptions,
  NamedTableOptions,
  RoutedRow,
} from './sinks/delta/options.ts';
export type { Row } from './sinks/delta/row.ts';
export type { SinkConnector, SinkContext, SinkWriter } from './sinks/sink.ts';

// Where tables and files are.
export { azureIdentity, type AzureCredential } from './azure/identity.ts';
export type { AccessToken, TokenSource } from './azure/access-token.ts';
export { azureLake, type AzureLakeOptions } from './sinks/lake/azure.ts';
export type { StorageKey } from './sinks/lake/azure.ts';
export type { LakeFile, LakeStore, WriteOptions } from './sinks/lake/lake-store.ts';
export { localLake } from './sinks/lake/local.ts';
export { openLake, type OpenLake, type OpenLakeOptions } from './sinks/lake/open-lake.ts';

// Sources that are polled.
export { kqlSource, type KqlSourceOptions } from './sources/kql/kql-source.ts';
export type { KustoOptions } from './sources/kql/kusto-client.ts';
export type { KustoRow } from './sources/kql/kusto-answer.ts';
export type { SourceBatch, SourceConnector, SourceReader, SourceRecord, SourceState } from './sources/source.ts';
export { SourceRunner, type SourcePlan, type SourceRunnerOptions } from './runtime/source-runner.ts';

// Running.
export { resetApplication, type ResetOptions } from './runtime/reset-application.ts';
export type { ResetOffset, ResetPlan, ResetPosition, ResetSink } from './runtime/reset-plan.ts';
export { StreamsApp, type CloseOptions } from './runtime/streams-app.ts';
export type { AppState } from './runtime/app-state.ts';
export type { AppStatus, TaskStatus, ThreadStatus } from './runtime/app-status.ts';
export type { UncaughtExceptionAnswer, UncaughtExceptionHandler } from './runtime/uncaught-exception.ts';
export type { ThreadApp, ThreadContext, ThreadFactory, ThreadModule } from './runtime/threads/thread-module.ts';
export type { Fault, FaultHandler, ProcessingGuarantee, StreamsConfig } from './runtime/config.ts';
export { queryable } from './runtime/queries/queryable.ts';
export type { QueryableKind, QueryableSerdes, QueryableStore, ReadOnlyStores } from './runtime/queries/queryable.ts';
export type {
  KeyValueQueries,
  QueryClients,
  SessionQueries,
  VersionedQueries,
  WindowQueries,
} from './runtime/queries/query-client.ts';
export type { QueriedEntry, QueryEntries, QueryResult } from './runtime/queries/query-results.ts';
export type { QueryOptions, QuerySource } from './runtime/queries/store-asker.ts';
export type { KeyPartitioner } from './runtime/queries/key-partitions.ts';
export type { KeyQueryMetadata, StreamsMetadata } from './runtime/queries/metadata.ts';
export type { Position } from './runtime/queries/position.ts';
export { queryRoutes, type QueriedApp } from './runtime/queries/query-routes.ts';
export { serveQueries, type QueryServer, type QueryServerOptions } from './runtime/queries/serve-queries.ts';
export type { StateRestoreListener } from './runtime/restore/state-restore-listener.ts';
export { defineApp } from './runtime/define-app.ts';
export { deadLetterSource } from './runtime/dead-letters/dead-letter-source.ts';
export type { DeadLetterFacts, DeadLetterSource, DeadLetterSpec } from './runtime/dead-letters/dead-letter-source.ts';
export type {
  AppDefinition,
  ReadinessAnswer,
  Sample,
  SampleEnvironment,
  SourceStage,
  Stage,
  StageContext,
} from './runtime/define-app.ts';
export { kafkaClient } from './kafka/connect.ts';
export type { KafkaClient, NewTopic } from './kafka/client.ts';
export type { KafkaOptions, SaslOptions, TlsOptions } from './kafka/options.ts';

// Observing.
export type { Page, PageRequest, PageSource } from './observe/http-page.ts';
export { openTelemetry, type OpenTelemetryOptions } from './observe/opentelemetry/open-telemetry.ts';
export type { ConsumedRecord, NodePlace, SinkTrace, TaskPlace, Tracing } from './core/tracing.ts';
export { createLogger, type Logger, type LoggerOptions } from './observe/logger.ts';
export { createMetricsRegistry, type MetricsRegistry } from './observe/metrics.ts';

// Records, time and errors.
export { headerText, setHeaders, withHeaders, withTimestamp } from './core/record.ts';
export type { Header, Headers, RecordContext } from './core/record.ts';
export { ERROR_CODES, StreamsError, type ErrorCode } from './core/errors.ts';
export { systemClock, type Clock } from './core/clock.ts';
export type { Verdict } from './core/verdicts.ts';

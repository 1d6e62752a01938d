import { z } from 'zod';

const ms = z.number().int().min(0);
const bytes = z.number().int().min(0);
const text = z.string().min(1);
const verdict = z.enum(['fail', 'continue', 'deadLetter', 'retry']);
const port = z.number().int().min(0).max(65_535);

const sasl = z.discriminatedUnion('mechanism', [
  z.strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: text,
    password: text,
  }),
  /**
   * A token that somebody else keeps fresh, read again from `tokenFile` at each connection; or one of Azure, of the
   * section `azure`, for `azureScope` (Event Hubs: `https://<namespace>.servicebus.windows.net/.default`).
   */
  z
    .strictObject({
      mechanism: z.literal('oauthbearer'),
      tokenFile: text.exactOptional(),
      azureScope: text.exactOptional(),
    })
    .refine(
      ({ tokenFile, azureScope }) => (tokenFile === undefined) !== (azureScope === undefined),
      'oauthbearer needs a tokenFile or an azureScope',
    ),
]);

const kafka = z.strictObject({
  brokers: z.array(z.string().regex(/^\S+:\d+$/, 'expected host:port')).min(1),
  clientId: text.exactOptional(),
  tls: z
    .union([
      z.boolean(),
      z.strictObject({
        ca: text.exactOptional(),
        cert: text.exactOptional(),
        key: text.exactOptional(),
        servername: text.exactOptional(),
        rejectUnauthorized: z.boolean().exactOptional(),
      }),
    ])
    .exactOptional(),
  sasl: sasl.exactOptional(),
  connectionTimeoutMs: ms.exactOptional(),
  requestTimeoutMs: ms.exactOptional(),
});

const registry = z.strictObject({
  url: z.url(),
  username: text.exactOptional(),
  password: text.exactOptional(),
  token: text.exactOptional(),
});

const streams = z.strictObject({
  stateDir: text.exactOptional(),
  processingGuarantee: z.enum(['at_least_once', 'exactly_once_v2']).exactOptional(),
  transactionTimeoutMs: ms.exactOptional(),
  commitIntervalMs: ms.exactOptional(),
  cacheMaxBytes: bytes.exactOptional(),
  storeMemoryMaxBytes: bytes.exactOptional(),
  inputBufferMaxBytes: bytes.exactOptional(),
  maxTaskIdleMs: z.number().int().min(-1).exactOptional(),
  offsetReset: z.enum(['earliest', 'latest']).exactOptional(),
  lostOffset: z.enum(['fail', 'earliest', 'latest']).exactOptional(),
  replicationFactor: z.number().int().min(-1).exactOptional(),
  sessionTimeoutMs: ms.exactOptional(),
  heartbeatIntervalMs: ms.exactOptional(),
  maxPollIntervalMs: ms.exactOptional(),
  repartitionPurgeIntervalMs: ms.exactOptional(),
  stateCleanupDelayMs: ms.exactOptional(),
  stuckAfterMs: ms.exactOptional(),
  metricsRecordingLevel: z.enum(['info', 'debug']).exactOptional(),
  groupInstanceId: text.exactOptional(),
  applicationServer: z
    .string()
    .regex(/^\S+:\d+$/, 'expected host:port')
    .exactOptional(),
  numStandbyReplicas: z.number().int().min(0).exactOptional(),
  acceptableRecoveryLag: z.number().int().min(0).exactOptional(),
  maxWarmupReplicas: z.number().int().min(1).exactOptional(),
  probingRebalanceIntervalMs: ms.exactOptional(),
  clientTags: z.record(text, text).exactOptional(),
  rackAwareAssignmentTags: z.array(text).exactOptional(),
  rack: text.exactOptional(),
  restoreBufferMaxBytes: bytes.exactOptional(),
  numStreamThreads: z.number().int().min(1).exactOptional(),
  taskTimeoutMs: ms.exactOptional(),
  lingerMs: ms.exactOptional(),
  compression: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).exactOptional(),
  sinkBufferMaxBytes: bytes.exactOptional(),
  uncommittedMaxBytes: bytes.exactOptional(),
  deserializationHandler: verdict.exactOptional(),
  processingHandler: verdict.exactOptional(),
  productionHandler: verdict.exactOptional(),
  deadLetterTopic: text.exactOptional(),
});

/** Who this process is to Azure: for lakes at `abfss://` addresses, and for Eventhouse. */
const azure = z.discriminatedUnion('credential', [
  z.strictObject({
    credential: z.literal('default'),
    tenantId: text.exactOptional(),
    clientId: text.exactOptional(),
  }),
  z.strictObject({ credential: z.literal('cli'), tenantId: text.exactOptional() }),
  z.strictObject({
    credential: z.literal('service-principal'),
    tenantId: text,
    clientId: text,
    clientSecret: text.exactOptional(),
    certificatePath: text.exactOptional(),
  }),
  z.strictObject({ credential: z.literal('managed-identity'), clientId: text.exactOptional() }),
  /** Opens the storage of one account, and nothing else. */
  z.strictObject({ credential: z.literal('account-key'), accountName: text, accountKey: text }),
]);

/** The whole configuration of the command. `apps.<name>` is checked by the application itself. */
export const configSchema = z.strictObject({
  /** Folder of everything that the command writes by default: state, caches, the embedded lake. */
  dataDir: text.default('.topology-streams'),
  kafka: kafka.exactOptional(),
  registry: registry.exactOptional(),
  /** Default: the default chain of Azure's library, asked only when an address or a service needs it. */
  azure: azure.exactOptional(),
  streams: streams.default({}),
  /** Without a port: 8080, or any free one when that is taken. */
  health: z
    .strictObject({
      host: text.default('127.0.0.1'),
      port: port.exactOptional(),
      /** Serves what the stores hold, to whoever can reach the port. */
      queries: z.boolean().default(false),
    })
    .default({ host: '127.0.0.1', queries: false }),
  logging: z
    .strictObject({
      /** Default `info`; `warn` on a terminal, where the progress is shown instead. */
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).exactOptional(),
      format: z.enum(['auto', 'json', 'pretty']).default('auto'),
    })
    .default({ format: 'auto' }),
  apps: z.record(z.string(), z.unknown()).default({}),
});

export type CommandConfig = z.output<typeof configSchema>;

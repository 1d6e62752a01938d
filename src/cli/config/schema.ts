import { z } from 'zod';

const ms = z.number().int().min(0);
const bytes = z.number().int().min(0);
const text = z.string().min(1);
const port = z.number().int().min(0).max(65_535);

const sasl = z.discriminatedUnion('mechanism', [
  z.strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: text,
    password: text,
  }),
  /** A token that somebody else keeps fresh: read again from `tokenFile` at each connection. */
  z.strictObject({ mechanism: z.literal('oauthbearer'), tokenFile: text }),
]);

const kafka = z.strictObject({
  brokers: z.array(z.string().regex(/^\S+:\d+$/, 'expected host:port')).min(1),
  clientId: text.optional(),
  tls: z
    .union([
      z.boolean(),
      z.strictObject({
        ca: text.optional(),
        cert: text.optional(),
        key: text.optional(),
        servername: text.optional(),
        rejectUnauthorized: z.boolean().optional(),
      }),
    ])
    .optional(),
  sasl: sasl.optional(),
  connectionTimeoutMs: ms.optional(),
  requestTimeoutMs: ms.optional(),
});

const registry = z.strictObject({
  url: z.url(),
  username: text.optional(),
  password: text.optional(),
  token: text.optional(),
});

const streams = z.strictObject({
  stateDir: text.optional(),
  commitIntervalMs: ms.optional(),
  cacheMaxBytes: bytes.optional(),
  inputBufferMaxBytes: bytes.optional(),
  maxTaskIdleMs: z.number().int().min(-1).optional(),
  offsetReset: z.enum(['earliest', 'latest']).optional(),
  replicationFactor: z.number().int().min(-1).optional(),
  sessionTimeoutMs: ms.optional(),
  heartbeatIntervalMs: ms.optional(),
  maxPollIntervalMs: ms.optional(),
  deadLetterTopic: text.optional(),
});

/** The whole configuration of the command. `apps.<name>` is checked by the application itself. */
export const configSchema = z.strictObject({
  /** Folder of everything that the command writes by default: state, caches, the embedded lake. */
  dataDir: text.default('.topology-streams'),
  kafka: kafka.optional(),
  registry: registry.optional(),
  streams: streams.default({}),
  health: z
    .strictObject({ host: text.default('127.0.0.1'), port: port.default(8080) })
    .default({ host: '127.0.0.1', port: 8080 }),
  logging: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
      format: z.enum(['auto', 'json', 'pretty']).default('auto'),
    })
    .default({ level: 'info', format: 'auto' }),
  apps: z.record(z.string(), z.unknown()).default({}),
});

export type CommandConfig = z.output<typeof configSchema>;

import { z } from 'zod';

import { azureSchema } from './azure-schema.ts';
import { kafkaSchema, registrySchema } from './kafka-schema.ts';
import { streamsSchema } from './streams-schema.ts';

const text = z.string().min(1);

/** The whole configuration of the command. `apps.<name>` is checked by the application itself. */
export const configSchema = z.strictObject({
  dataDir: text.default('.topology-streams').meta({
    description: 'Folder of what the command writes by default: state, caches, the embedded lake',
  }),
  applicationIdPrefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]*$/, 'expected characters of A-Z a-z 0-9 . _ -')
    .default('')
    .meta({
      description:
        'Put in front of each application id, and so of consumer groups, internal topics and state folders: for a second run beside the first',
    }),
  kafka: kafkaSchema.exactOptional(),
  registry: registrySchema.exactOptional(),
  azure: azureSchema.exactOptional(),
  streams: streamsSchema.default({}),
  health: z
    .strictObject({
      host: text.default('127.0.0.1').meta({
        description: 'Where the page, health and metrics are served; nobody there is asked who they are',
      }),
      port: z.number().int().min(0).max(65_535).exactOptional().meta({
        description: 'Default 8080, or the port of a stage that runs alone, or any free one when that is taken',
      }),
      queries: z
        .boolean()
        .default(false)
        .meta({ description: 'Serves what the stores hold, to whoever can reach the port' }),
    })
    .default({ host: '127.0.0.1', queries: false }),
  logging: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).exactOptional().meta({
        description: 'Default `info`; `warn` on a terminal, where the progress is shown instead',
      }),
      format: z
        .enum(['auto', 'json', 'pretty'])
        .default('auto')
        .meta({ description: '`auto`: for people on a terminal, JSON elsewhere' }),
    })
    .default({ format: 'auto' }),
  apps: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: 'The settings of each application, under its name' }),
});

export type CommandConfig = z.output<typeof configSchema>;

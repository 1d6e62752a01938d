import { z } from 'zod';

const text = z.string().min(1);
const ms = z.number().int().min(0);

const sasl = z.discriminatedUnion('mechanism', [
  z.strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).meta({
      description: 'How this client says who it is; a password and a token are alternatives',
    }),
    username: text.meta({ description: 'For `plain` and `scram-…`' }),
    password: text.meta({ description: 'Secret' }),
  }),
  z
    .strictObject({
      mechanism: z.literal('oauthbearer'),
      tokenFile: text.exactOptional().meta({
        description: 'A file with a token that somebody else keeps fresh; read again at each connection',
      }),
      azureScope: text.exactOptional().meta({
        description:
          'A token of Azure, of the identity in `azure`, for this scope (Event Hubs: `https://<namespace>.servicebus.windows.net/.default`)',
      }),
    })
    .refine(
      ({ tokenFile, azureScope }) => (tokenFile === undefined) !== (azureScope === undefined),
      'oauthbearer needs a tokenFile or an azureScope',
    ),
]);

const tls = z.strictObject({
  ca: text.exactOptional().meta({ description: 'Authorities, as PEM' }),
  cert: text.exactOptional().meta({ description: 'Certificate of this client, as PEM' }),
  key: text.exactOptional().meta({ description: 'Its key, as PEM. Secret' }),
  servername: text.exactOptional().meta({ description: 'The name that the certificate of a broker must have' }),
  rejectUnauthorized: z
    .boolean()
    .exactOptional()
    .meta({ description: 'false takes any certificate: for trials only; default true' }),
});

/** How to reach the cluster. */
export const kafkaSchema = z.strictObject({
  brokers: z
    .array(z.string().regex(/^\S+:\d+$/, 'expected host:port'))
    .min(1)
    .meta({ description: '`host:port` of some brokers; the others are found through them' }),
  clientId: text.exactOptional().meta({
    description: 'Shown in the logs of the brokers; default `topology-streams-<application id>`',
  }),
  tls: z
    .union([z.boolean(), tls])
    .exactOptional()
    .meta({ description: "true: TLS with the system's authorities; or the settings below", default: false }),
  sasl: sasl.exactOptional(),
  connectionTimeoutMs: ms.exactOptional().meta({ description: 'Until a connection is there', default: 10_000 }),
  requestTimeoutMs: ms.exactOptional().meta({ description: 'For one request, with its retries', default: 30_000 }),
});

export const registrySchema = z.strictObject({
  url: z.url().meta({ description: 'Address of the Confluent schema registry' }),
  username: text.exactOptional().meta({ description: 'For basic authentication' }),
  password: text.exactOptional().meta({ description: 'Secret' }),
  token: text.exactOptional().meta({ description: 'Sent as a bearer token, in place of a password. Secret' }),
});

import { z } from 'zod';

const text = z.string().min(1);
const clientId = text.meta({ description: 'Application (client) id of the identity' });
const tenantId = text.meta({ description: 'Directory (tenant) id' });

/** Who this process is to Azure: for lakes at `abfss://` addresses, for Eventhouse, and for Kafka by OAUTHBEARER. */
export const azureSchema = z.discriminatedUnion('credential', [
  z.strictObject({
    credential: z.literal('default').meta({
      description:
        "Which credential: `default` is the chain of Azure's library, and what is taken without this section; `account-key` opens the storage of one account, and nothing else",
    }),
    tenantId: tenantId.exactOptional(),
    clientId: clientId.exactOptional(),
  }),
  z.strictObject({ credential: z.literal('cli'), tenantId: tenantId.exactOptional() }),
  z.strictObject({
    credential: z.literal('service-principal'),
    tenantId,
    clientId,
    clientSecret: text.exactOptional().meta({ description: 'Secret of a service principal' }),
    certificatePath: text.exactOptional().meta({ description: 'Or its certificate, a PEM file' }),
  }),
  z.strictObject({ credential: z.literal('managed-identity'), clientId: clientId.exactOptional() }),
  z.strictObject({
    credential: z.literal('account-key'),
    accountName: text.meta({ description: 'Storage account of an account key' }),
    accountKey: text.meta({ description: 'Its key. Secret' }),
  }),
]);

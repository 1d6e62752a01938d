import { StreamsError, messageOf } from '../core/errors.ts';
import type { RegisteredSchema, SchemaRegistry } from '../core/serde.ts';
import { RegistryCore } from './registry-core.ts';
import { RegistryError } from './registry-error.ts';

/**
 * The schema registry of the embedded default, in the same process and in memory. {@link startRegistryServer} serves
 * the same core to other programs.
 */
export class EmbeddedRegistry implements SchemaRegistry {
  readonly core: RegistryCore;

  constructor(core: RegistryCore = new RegistryCore()) {
    this.core = core;
  }

  async register(subject: string, schema: string): Promise<number> {
    return answer(() => this.core.register(subject, schema).id);
  }

  async schema(id: number): Promise<string> {
    return answer(() => this.core.schema(id));
  }

  async latest(subject: string): Promise<RegisteredSchema | null> {
    return answer(() => {
      if (!this.core.subjects().includes(subject)) return null;
      const { id, version, schema } = this.core.version(subject, 'latest');
      return { id, version, schema };
    });
  }

  async versions(subject: string): Promise<readonly RegisteredSchema[]> {
    return answer(() => {
      if (!this.core.subjects().includes(subject)) return [];
      return this.core.versions(subject).map((version) => {
        const { id, schema } = this.core.version(subject, version);
        return { id, version, schema };
      });
    });
  }

  async compatible(subject: string, schema: string): Promise<boolean> {
    return answer(() => this.core.incompatibilities(subject, schema, 'all').length === 0);
  }
}

function answer<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const code = error.errorCode === 409 || error.errorCode === 42205 ? 'SCHEMA_INCOMPATIBLE' : 'SCHEMA_INVALID';
    throw new StreamsError(code, messageOf(error), { cause: error });
  }
}

import { randomUUID } from 'node:crypto';
import type * as datalake from '@azure/storage-file-datalake';
import { StreamsError } from '../../core/errors.ts';
import { retry, type RetryPolicy } from '../../http/retry.ts';
import { AzureFailure, toAzureFailure, toStreamsError } from './azure-failure.ts';
import type { AzureLocation } from './azure-uri.ts';
import { joinPath } from './lake-store.ts';

export interface RequestOptions extends Pick<
  RetryPolicy,
  'attempts' | 'baseMs' | 'maxMs' | 'maxRetryAfterMs' | 'sleep'
> {
  /** For one request and its answer, in ms (default 60,000). */
  readonly requestTimeoutMs?: number;
}

/** One try of a step. */
export interface Try {
  /** Whether an earlier try of this step may have been carried out though its answer never came. */
  readonly repeated: boolean;
  readonly signal: AbortSignal;
}

/**
 * The requests of a lake in Azure storage: opens the client when it is first needed, sends each step again while that may
 * help (with the service's Retry-After, and jitter), and says what a failure means.
 */
export class AzureFiles {
  readonly location: AzureLocation;
  readonly #open: () => Promise<datalake.DataLakeFileSystemClient>;
  readonly #options: RequestOptions;
  #client: Promise<datalake.DataLakeFileSystemClient> | null = null;

  constructor(
    location: AzureLocation,
    open: () => Promise<datalake.DataLakeFileSystemClient>,
    options: RequestOptions,
  ) {
    this.location = location;
    this.#open = open;
    this.#options = options;
  }

  /** The name in the container of a path below the root. @throws ILLEGAL_STATE when it leads out of it */
  nameOf(path: string): string {
    if (path.split('/').some((part) => part === '..' || part === '.')) {
      throw new StreamsError('ILLEGAL_STATE', `${path} leads out of ${this.location.uri}`);
    }
    return joinPath(this.location.path, path);
  }

  async file(name: string): Promise<datalake.DataLakeFileClient> {
    return (await this.client()).getFileClient(name);
  }

  client(): Promise<datalake.DataLakeFileSystemClient> {
    this.#client ??= this.#open();
    return this.#client;
  }

  /** @throws AzureFailure when the storage refused, or did not answer through all tries; what `step` throws otherwise */
  send<T>(step: (attempt: Try) => Promise<T>): Promise<T> {
    const { requestTimeoutMs = 60_000, attempts = 6, baseMs = 100, ...policy } = this.#options;
    return retry(
      async (attempt) => {
        try {
          return await step({ repeated: attempt > 1, signal: AbortSignal.timeout(requestTimeoutMs) });
        } catch (error) {
          throw toAzureFailure(error, Date.now());
        }
      },
      { ...policy, attempts, baseMs },
    );
  }

  /** Runs what is made of several requests, and turns their failures into the errors of the port. */
  async run<T>(verb: string, path: string, steps: (name: string) => Promise<T>): Promise<T> {
    const name = this.nameOf(path);
    try {
      return await steps(name);
    } catch (error) {
      if (error instanceof AzureFailure) throw toStreamsError(error, `${verb} ${joinPath(this.location.uri, path)}`);
      throw error;
    }
  }

  /**
   * Moves a file. `taken`: something is there and was not to be replaced, or an earlier try of this very call may have
   * done it: only the caller can tell the two apart, by what is there now. `missing`: the source is not there.
   */
  async move(from: string, to: string, ifAbsent: boolean): Promise<'moved' | 'taken' | 'missing'> {
    const file = await this.file(from);
    const container = encodeURIComponent(this.location.fileSystem);
    const destination = to.split('/').map(encodeURIComponent).join('/');
    return this.send(async ({ repeated, signal }) => {
      try {
        await file.move(container, destination, {
          abortSignal: signal,
          ...(ifAbsent ? { destinationConditions: { ifNoneMatch: '*' } } : {}),
        });
        return 'moved';
      } catch (error) {
        const { status, code } = statusOf(error);
        if (ifAbsent && (status === 412 || (status === 409 && code === 'PathAlreadyExists'))) return 'taken';
        if (status !== 404 || code === 'FilesystemNotFound') throw error;
        if (code === 'RenameDestinationParentPathNotFound') {
          await this.#makeFolder(to, signal);
          // The folder is there now: for the next try this is a matter of sending it again.
          throw new AzureFailure(error, null, code);
        }
        return repeated ? 'taken' : 'missing';
      }
    });
  }

  async #makeFolder(name: string, signal: AbortSignal): Promise<void> {
    const folder = name.slice(0, Math.max(0, name.lastIndexOf('/')));
    await (await this.client()).getDirectoryClient(folder).createIfNotExists({ abortSignal: signal });
  }

  /** null where there is no such file, or a folder. */
  async properties(name: string): Promise<{ readonly size: number; readonly modifiedMs: number } | null> {
    const file = await this.file(name);
    return this.send(async ({ signal }) => {
      const found = await orNull(file.getProperties({ abortSignal: signal }));
      if (found === null || found.metadata?.['hdi_isfolder'] === 'true') return null;
      // The dfs endpoint, which OneLake answers on, says it another way than the blob endpoint.
      const { _response: answer } = found;
      if (answer.headers.get('x-ms-resource-type') === 'directory') return null;
      return { size: found.contentLength ?? 0, modifiedMs: found.lastModified?.getTime() ?? 0 };
    });
  }

  /** Whether the file is gone because of this call; also when an earlier try failed and it is gone now. */
  async delete(name: string): Promise<boolean> {
    const file = await this.file(name);
    return this.send(async ({ repeated, signal }) => {
      const deleted = await orNull(file.delete(false, { abortSignal: signal }));
      return deleted !== null || repeated;
    });
  }
}

/** A name beside another, of a length of its own, that readers of tables pass over. */
export function temporaryName(name: string): string {
  const slash = name.lastIndexOf('/') + 1;
  return `${name.slice(0, slash)}.${name.slice(slash).slice(0, 100)}.${randomUUID()}.tmp`;
}

/** null where the storage says that there is no such path; no container is more than that. */
export async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    const { status, code } = statusOf(error);
    if (status !== 404 || code === 'FilesystemNotFound' || code === 'ContainerNotFound') throw error;
    return null;
  }
}

function statusOf(error: unknown): { readonly status: number | null; readonly code: string } {
  const failure = toAzureFailure(error, 0);
  return failure instanceof AzureFailure ? failure : { status: null, code: '' };
}

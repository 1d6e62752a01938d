import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type * as datalake from '@azure/storage-file-datalake';
import type { TokenSource } from '../../azure/access-token.ts';
import { messageOf, StreamsError } from '../../core/errors.ts';
import { AzureFailure } from './azure-failure.ts';
import { AzureFiles, orNull, type RequestOptions, temporaryName } from './azure-files.ts';
import { uploadBytes, type UploadLimits, uploadStream } from './azure-upload.ts';
import { type AzureLocation, parseAzureUri } from './azure-uri.ts';
import { joinPath, type LakeFile, type LakeStore, type WriteOptions } from './lake-store.ts';

export interface AzureLakeOptions extends RequestOptions {
  /** Tokens: see {@link azureIdentity}. Or the key of the account, which OneLake does not have. */
  readonly credential: TokenSource | StorageKey;
  /** Bytes of one append request of a stream (default 4 MiB), and how many run at a time (default 4). */
  readonly blockBytes?: number;
  readonly parallel?: number;
}

export interface StorageKey {
  readonly accountName: string;
  readonly accountKey: string;
}

type Page = datalake.FileSystemListPathsResponse;

/** Names of half-written files: readers of tables pass over a leading dot, and so does {@link AzureLake.list}. */
const TEMPORARY = /(^|\/)\.[^/]*\.tmp$/;

/**
 * A folder of ADLS Gen2 or OneLake; its address as in {@link parseAzureUri}. Whole files appear by a rename from a
 * temporary name beside them, `putIfAbsent` by a rename that must not find anything: the one step of this storage that is
 * atomic and conditional. `@azure/storage-file-datalake` (optional package) is loaded at the first request.
 *
 * When the answer to the rename of `putIfAbsent` was lost, sending it again finds the name taken by ourselves: that is
 * answered with false, and who asked must look at what is there (a table's commit does, by its `txnId`).
 *
 * @throws CONFIG_INVALID for an address that is none
 */
export function azureLake(uri: string, options: AzureLakeOptions): LakeStore {
  return new AzureLake(parseAzureUri(uri), options);
}

class AzureLake implements LakeStore {
  readonly uri: string;
  readonly #files: AzureFiles;
  readonly #limits: UploadLimits;
  /** Whether the service can begin a listing at a name: not every one does. */
  #listsFrom = true;

  constructor(location: AzureLocation, options: AzureLakeOptions) {
    const { credential, blockBytes = 4 << 20, parallel = 4, ...requests } = options;
    this.uri = location.uri;
    this.#files = new AzureFiles(location, () => openFileSystem(location, credential), requests);
    this.#limits = { blockBytes, parallel };
  }

  read(path: string): Promise<Buffer | null> {
    return this.#files.run('read', path, (name) => this.#read(name, 0));
  }

  readRange(path: string, start: number, end: number): Promise<Buffer> {
    return this.#files.run('read', path, async (name) => {
      if (end <= start) return Buffer.alloc(0);
      const bytes = await this.#read(name, start, end - start);
      if (bytes?.length === end - start) return bytes;
      const what = bytes === null ? 'there is no such file' : `the file ends before byte ${end}`;
      throw new StreamsError('LAKE_UNAVAILABLE', `cannot read ${joinPath(this.uri, path)}: ${what}`, {
        retriable: false,
      });
    });
  }

  async #read(name: string, offset: number, count?: number): Promise<Buffer | null> {
    const file = await this.#files.file(name);
    return this.#files.send(async ({ signal }) => {
      try {
        const answer = await orNull(file.read(offset, count, { abortSignal: signal, maxRetryRequests: 0 }));
        return answer && (await collect(answer, signal));
      } catch (error) {
        // 416: the file is empty, or shorter than where the range begins.
        if (error instanceof Error && 'statusCode' in error && error.statusCode === 416) return Buffer.alloc(0);
        throw error;
      }
    });
  }

  stat(path: string): Promise<LakeFile | null> {
    return this.#files.run('read', path, async (name) => {
      const found = await this.#files.properties(name);
      return found && { path, ...found };
    });
  }

  async list(folder: string, from = ''): Promise<LakeFile[]> {
    const { files } = await this.#list(folder, from);
    return files.filter(({ path }) => !TEMPORARY.test(path));
  }

  async *walk(folder: string): AsyncGenerator<LakeFile> {
    const { files, folders } = await this.#list(folder, '');
    for (const file of files) if (!TEMPORARY.test(file.path)) yield file;
    for (const inner of folders) yield* this.walk(inner);
  }

  #list(folder: string, from: string): Promise<{ files: LakeFile[]; folders: string[] }> {
    return this.#files.run('list', folder, async (name) => {
      const files: LakeFile[] = [];
      const folders: string[] = [];
      let continuation: string | undefined;
      do {
        const page = await this.#listPage(name, from, continuation);
        for (const item of page?.pathItems ?? []) {
          const own = item.name?.slice(item.name.lastIndexOf('/') + 1) ?? '';
          if (own < from) continue;
          if (item.isDirectory === true) {
            folders.push(joinPath(folder, own));
            continue;
          }
          const modifiedMs = item.lastModified?.getTime() ?? 0;
          files.push({ path: joinPath(folder, own), size: item.contentLength ?? 0, modifiedMs });
        }
        continuation = page?.continuation;
      } while (continuation);
      return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), folders };
    });
  }

  async #listPage(name: string, from: string, continuation: string | undefined): Promise<Page | null> {
    const client = await this.#files.client();
    const startFrom = this.#listsFrom && from !== '' ? { startFrom: from } : {};
    const settings = { maxPageSize: 5000, ...(continuation ? { continuationToken: continuation } : {}) };
    try {
      return await this.#files.send(async ({ signal }) => {
        const pages = client.listPaths({ path: name, abortSignal: signal, ...startFrom }).byPage(settings);
        const page = await orNull(pages.next());
        return page === null || page.done === true ? null : page.value;
      });
    } catch (error) {
      if (!(error instanceof AzureFailure && error.status === 400 && 'startFrom' in startFrom)) throw error;
      this.#listsFrom = false;
      return this.#listPage(name, from, continuation);
    }
  }

  write(path: string, bytes: Uint8Array): Promise<void> {
    return this.#files.run('write', path, async (name) => {
      const upload = async (temporary: string): Promise<number> => {
        await uploadBytes(this.#files, temporary, bytes);
        return bytes.length;
      };
      await this.#throughTemporary(name, false, upload);
    });
  }

  putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    return this.#files.run('write', path, (name) =>
      this.#throughTemporary(name, true, async (temporary) => {
        await uploadBytes(this.#files, temporary, bytes);
        return bytes.length;
      }),
    );
  }

  writeStream(path: string, source: AsyncIterable<Uint8Array>, options: WriteOptions = {}): Promise<number> {
    return this.#files.run('write', path, async (name) => {
      let size = 0;
      const upload = async (temporary: string): Promise<number> => {
        size = await uploadStream(this.#files, temporary, source, this.#limits);
        return size;
      };
      const ifAbsent = options.overwrite === false;
      if (await this.#throughTemporary(name, ifAbsent, upload)) return size;
      throw new StreamsError('ILLEGAL_STATE', `${joinPath(this.uri, path)} is there already`);
    });
  }

  async putFile(localPath: string, path: string, options: WriteOptions = {}): Promise<number> {
    return this.writeStream(path, localFile(localPath), options);
  }

  delete(path: string): Promise<boolean> {
    return this.#files.run('delete', path, (name) => this.#files.delete(name));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#files.run('rename', from, async (name) => {
      const size = (await this.#files.properties(name))?.size;
      await this.#moveOver(name, this.#files.nameOf(to), size);
    });
  }

  async cleanUp(folder: string, olderThanMs: number): Promise<number> {
    let deleted = 0;
    const { files, folders } = await this.#list(folder, '');
    for (const inner of folders) deleted += await this.cleanUp(inner, olderThanMs);
    for (const { path, modifiedMs } of files) {
      if (!TEMPORARY.test(path) || Date.now() - modifiedMs < olderThanMs) continue;
      if (await this.delete(path)) deleted++;
    }
    return deleted;
  }

  /** Writes beside the name, then takes the name in one step. Answers false when it is taken already. */
  async #throughTemporary(
    name: string,
    ifAbsent: boolean,
    upload: (temporary: string) => Promise<number>,
  ): Promise<boolean> {
    const temporary = temporaryName(name);
    let moved = false;
    try {
      const size = await upload(temporary);
      if (!ifAbsent) await this.#moveOver(temporary, name, size);
      else {
        const outcome = await this.#files.move(temporary, name, true);
        if (outcome === 'missing') throw cleanedUp(name);
        if (outcome === 'taken') return false;
      }
      moved = true;
      return true;
    } finally {
      // What stays behind here is taken by `cleanUp`; the error that matters is the first one.
      if (!moved) await this.#files.delete(temporary).catch(() => undefined);
    }
  }

  /** A rename that finds its source gone was carried out by an earlier try, if the file is where it should be. */
  async #moveOver(from: string, to: string, size: number | undefined): Promise<void> {
    const outcome = await this.#files.move(from, to, false);
    if (outcome === 'moved') return;
    const there = outcome === 'taken' ? await this.#files.properties(to) : null;
    if (there === null || there.size !== size) throw cleanedUp(from);
  }
}

function cleanedUp(name: string): StreamsError {
  return new StreamsError('LAKE_UNAVAILABLE', `${name} was gone before it could be renamed`);
}

async function openFileSystem(
  location: AzureLocation,
  credential: TokenSource | StorageKey,
): Promise<datalake.DataLakeFileSystemClient> {
  const sdk = await loadDataLake();
  // One try: AzureFiles sends again by itself, with the service's own Retry-After, and knows when an answer was lost.
  const options = { retryOptions: { maxTries: 1 } };
  const url = `${location.endpoint}/`;
  const service =
    'accountKey' in credential
      ? new sdk.DataLakeServiceClient(
          url,
          new sdk.StorageSharedKeyCredential(credential.accountName, credential.accountKey),
          options,
        )
      : new sdk.DataLakeServiceClient(url, credential, options);
  return service.getFileSystemClient(location.fileSystem);
}

async function loadDataLake(): Promise<typeof datalake> {
  try {
    return await import('@azure/storage-file-datalake');
  } catch (error) {
    const text =
      'ADLS Gen2 and OneLake need optional packages: npm install @azure/storage-file-datalake @azure/identity';
    throw new StreamsError('MISSING_PACKAGE', text, { cause: error });
  }
}

async function collect(answer: datalake.FileReadResponse, signal: AbortSignal): Promise<Buffer> {
  const body = answer.readableStreamBody;
  const pieces: Buffer[] = [];
  if (body instanceof Readable) {
    const cut = (): void => void body.destroy(signal.reason as Error);
    signal.addEventListener('abort', cut, { once: true });
    try {
      for await (const piece of body as AsyncIterable<Buffer>) pieces.push(piece);
    } catch (error) {
      // Whatever breaks a body on its way is the network's doing.
      throw new AzureFailure(error, null, 'BODY');
    } finally {
      signal.removeEventListener('abort', cut);
    }
  }
  const bytes = Buffer.concat(pieces);
  if (bytes.length === (answer.contentLength ?? bytes.length)) return bytes;
  throw new AzureFailure(new Error(`${bytes.length} bytes of ${answer.contentLength} came`), null, 'BODY');
}

async function* localFile(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 << 10 }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new StreamsError('LAKE_UNAVAILABLE', `cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
      retriable: false,
    });
  }
}

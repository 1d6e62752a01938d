import type { DataLakeFileClient } from '@azure/storage-file-datalake';
import type { AzureFiles } from './azure-files.ts';

export interface UploadLimits {
  /** Bytes of one append request. */
  readonly blockBytes: number;
  /** Append requests at a time. */
  readonly parallel: number;
}

/** Writes a file of which no reader knows, in two requests. Any try begins anew, so one that was half done does no harm. */
export async function uploadBytes(files: AzureFiles, name: string, bytes: Uint8Array): Promise<void> {
  const file = await files.file(name);
  await files.send(async ({ signal }) => {
    await file.create({ abortSignal: signal });
    if (bytes.length > 0) await file.append(viewOf(bytes), 0, bytes.length, { flush: true, abortSignal: signal });
  });
}

/**
 * Streams into a file of which no reader knows: blocks are appended side by side and made one by a flush at the end.
 * Memory is (`parallel` + 1) blocks, whatever the size. Answers the size.
 */
export async function uploadStream(
  files: AzureFiles,
  name: string,
  source: AsyncIterable<Uint8Array>,
  { blockBytes, parallel }: UploadLimits,
): Promise<number> {
  const file = await files.file(name);
  await files.send(async ({ signal }) => void (await file.create({ abortSignal: signal })));
  const sending = new Set<Promise<void>>();
  let size = 0;
  let failure: unknown = null;
  const send = async (block: Buffer, offset: number): Promise<void> => {
    try {
      await append(files, file, block, offset);
    } catch (error) {
      failure ??= error;
    }
  };
  try {
    for await (const block of blocksOf(source, blockBytes)) {
      const request = send(block, size).finally(() => sending.delete(request));
      sending.add(request);
      size += block.length;
      if (sending.size >= parallel) await Promise.race(sending);
      if (failure !== null) throw failure;
    }
  } finally {
    await Promise.all(sending);
  }
  if (failure !== null) throw failure;
  if (size > 0) await files.send(async ({ signal }) => void (await file.flush(size, { abortSignal: signal })));
  return size;
}

/** An append to the same place with the same bytes may be sent twice: nothing is final before the flush. */
async function append(files: AzureFiles, file: DataLakeFileClient, block: Buffer, offset: number): Promise<void> {
  await files.send(
    async ({ signal }) => void (await file.append(block, offset, block.length, { abortSignal: signal })),
  );
}

async function* blocksOf(source: AsyncIterable<Uint8Array>, blockBytes: number): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + blockBytes - bytes);
      pieces.push(part);
      bytes += part.length;
      at += part.length;
      if (bytes < blockBytes) continue;
      yield Buffer.concat(pieces, bytes);
      [pieces, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield Buffer.concat(pieces, bytes);
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

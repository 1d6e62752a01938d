import type { Level } from 'level';

/** Bytes of files that [from, to) takes, about. The port of `level` has no such method where it runs in a browser; here it is classic-level's. */
export async function sizeOnDisk(db: Level<Buffer, Buffer>, from: Buffer, to: Buffer): Promise<number> {
  const sized = db as unknown as { approximateSize?: (from: Buffer, to: Buffer) => Promise<number> };
  return (await sized.approximateSize?.(from, to)) ?? 0;
}

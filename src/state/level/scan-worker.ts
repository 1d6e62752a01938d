/**
 * The program of the scan thread, as text because a worker needs a file or text, and a file would have to be found both
 * in the sources and in the package. It reads ranges from databases that the main thread has open (LevelDB under
 * `multithreading`), packs them into one buffer and wakes the main thread, which sleeps meanwhile. A range that is short
 * is one question and one answer: the last chunk closes the iterator, and `end` is not answered.
 */
export const scanWorkerProgram = `
const { workerData } = require('node:worker_threads');
const { Level } = require(workerData.level);
const { port, signal, beats, beatMs } = workerData;
const databases = new Map();
const iterators = new Map();
const READ_BYTES = 64 * 1024;

// The reader sleeps as long as there are signs of life: a disk or a thread pool that is busy is no thread that has died.
setInterval(() => {
  Atomics.add(beats, 0, 1);
}, beatMs).unref();

async function database(location) {
  let db = databases.get(location);
  if (db === undefined) {
    db = new Level(location, { keyEncoding: 'buffer', valueEncoding: 'buffer', multithreading: true, createIfMissing: false });
    await db.open();
    databases.set(location, db);
  }
  return db;
}

// Keys of one suffix lie apart, one for each head: after each few entries the iterator jumps to where the next may be.
function jump(scan, last) {
  const head = Buffer.from(last.subarray(0, scan.suffixAt));
  if (Buffer.compare(last.subarray(scan.suffixAt), scan.suffix) < 0) {
    scan.iterator.seek(Buffer.concat([head, scan.suffix]));
    return true;
  }
  for (let i = head.length - 1; i >= 0; i--) {
    if (head[i] === 0xff) continue;
    head[i]++;
    scan.iterator.seek(Buffer.concat([head.subarray(0, i + 1), Buffer.alloc(head.length - i - 1), scan.suffix]));
    return true;
  }
  return false;
}

async function read(scan, maxBytes) {
  const parts = [];
  let bytes = 0;
  let ended = false;
  const step = scan.suffix !== null ? 64 : scan.first ? 32 : 512;
  while (bytes < maxBytes && !ended) {
    const entries = await scan.iterator.nextv(step);
    let readBytes = 0;
    for (const [key, value] of entries) readBytes += key.length + value.length;
    // Fewer than asked for, and not because of their size: there are no more.
    ended = entries.length < step && readBytes <= READ_BYTES;
    for (const [key, value] of entries) {
      if (scan.suffix !== null && Buffer.compare(key.subarray(scan.suffixAt), scan.suffix) !== 0) continue;
      const lengths = Buffer.allocUnsafe(8);
      lengths.writeUInt32BE(key.length, 0);
      lengths.writeUInt32BE(value.length, 4);
      parts.push(lengths, key, value);
      bytes += 8 + key.length + value.length;
    }
    if (scan.suffix !== null && !scan.reverse && !ended) ended = !jump(scan, entries[entries.length - 1][0]);
    if (bytes > 0 && scan.first) break;
  }
  scan.first = false;
  const packed = Buffer.from(new ArrayBuffer(bytes));
  let at = 0;
  for (const part of parts) at += part.copy(packed, at);
  if (ended) {
    iterators.delete(scan.id);
    await scan.iterator.close();
  }
  return { packed: packed.buffer, ended };
}

async function answer(request) {
  switch (request.kind) {
    case 'scan': {
      const db = await database(request.location);
      const { from, to, reverse, suffix, suffixAt } = request;
      const iterator = db.iterator({ gte: Buffer.from(from), lt: Buffer.from(to), reverse, fillCache: false, highWaterMarkBytes: READ_BYTES });
      const scan = { id: request.id, iterator, first: true, suffix: suffix === null ? null : Buffer.from(suffix), suffixAt, reverse, location: request.location };
      iterators.set(request.id, scan);
      return read(scan, request.maxBytes);
    }
    case 'more':
      return read(iterators.get(request.id), request.maxBytes);
    case 'end': {
      const scan = iterators.get(request.id);
      iterators.delete(request.id);
      await scan?.iterator.close();
      return null;
    }
    case 'close': {
      for (const [id, scan] of iterators) {
        if (scan.location !== request.location) continue;
        iterators.delete(id);
        await scan.iterator.close();
      }
      const db = databases.get(request.location);
      databases.delete(request.location);
      await db?.close();
      return {};
    }
  }
}

port.on('message', async (request) => {
  let reply;
  try {
    reply = await answer(request);
  } catch (error) {
    reply = { error: String(error?.cause?.message ?? error?.message ?? error) };
  }
  if (reply === null) return;
  port.postMessage(reply);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
});
`;

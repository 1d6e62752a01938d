import { workerData } from 'node:worker_threads';
import { serveThread } from './serve-thread.ts';
import type { ThreadStart } from './thread-messages.ts';

// What a worker thread runs. An error that nobody caught ends it, and its application hears of it as the worker's error.
await serveThread(workerData as ThreadStart);

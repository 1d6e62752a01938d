import { MAX_FILE_BYTES } from './sample-file.ts';

/** The settings of downloads under which the simulated file host is found, and its faults do not take long. */
export const sampleDownloads = {
  allowedDomains: ['127.0.0.1'],
  allowLoopback: true,
  responseTimeoutMs: 3000,
  maxBytes: MAX_FILE_BYTES,
};

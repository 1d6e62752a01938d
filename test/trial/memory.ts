import { readFileSync } from 'node:fs';

/** Resident memory of a process in MB, now and at its highest; 0 where the system does not say. */
export function memoryOf(pid: number): { readonly rssMb: number; readonly peakMb: number } {
  let status = '';
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // It has ended, or this is not Linux.
  }
  const mb = (field: RegExp): number => Math.round(Number(field.exec(status)?.[1] ?? 0) / 1_024);
  return { rssMb: mb(/VmRSS:\s+(\d+)/), peakMb: mb(/VmHWM:\s+(\d+)/) };
}

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

/** Clock ticks of /proc: USER_HZ is 100 on every Linux that Node runs on. */
const TICKS = 100;

/** CPU seconds that a process has used, those of all its threads; 0 where the system does not say. */
export function cpuSecondsOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which is in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
}

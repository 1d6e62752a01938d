import { resolve, sep } from 'node:path';

/** Whether a file lies in the folder, at any depth; neither has to exist. */
export function isInFolder(folder: string, file: string): boolean {
  return !file.includes('\0') && resolve(file).startsWith(resolve(folder) + sep);
}

/** Whether a path below a folder of a lake is one: names between slashes, none of them `.` or `..`, nothing unseen. */
export function isPlainPath(path: string): boolean {
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code < 0x20 || code === 0x7f || code === 0x5c) return false;
  }
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
}

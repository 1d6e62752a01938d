import { describe, expect, it } from 'vitest';
import { checkFileType, fileExtension } from '../../../src/apps/shared/file-types.ts';

describe('types of files', () => {
  it.each([
    ['a.JPG', 'jpg'],
    ['a.tar.gz', 'gz'],
    ['a', ''],
    ['.htaccess', ''],
    ['a.', ''],
    ['a.b c', ''],
    ['x/.jpg', ''],
  ])('are told by the extension: %s', (name, extension) => {
    expect(fileExtension(name)).toBe(extension);
  });

  it.each([
    ['a.jpg', 'image/jpeg'],
    ['a.pdf', 'application/pdf'],
    ['a.heic', 'application/octet-stream'],
    ['a.mp4', ''],
    ['a.png', null],
  ])('allow %s with %s', (name, type) => {
    expect(() => checkFileType(name, type)).not.toThrow();
  });

  it.each([
    ['a.exe', null],
    ['a.jpg.exe', 'image/jpeg'],
    ['a', 'image/jpeg'],
    ['a.html', 'text/html'],
    ['a.svg', 'image/svg+xml'],
    ['a.constructor', null],
    ['a.jpg', 'text/html'],
    ['a.pdf', 'application/x-msdownload'],
  ])('refuse %s with %s', (name, type) => {
    expect(() => checkFileType(name, type)).toThrow(expect.objectContaining({ kind: 'permanent' }));
  });
});

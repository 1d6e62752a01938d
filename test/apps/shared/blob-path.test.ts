import { describe, expect, it } from 'vitest';
import { blobPath, safeName } from '../../../src/apps/shared/blob-path.ts';

describe('paths in the lake', () => {
  it('are plain for plain names', () => {
    expect(blobPath('p-1', 'media', 'm-1', 'IMG_1.jpg')).toBe('p-1/media/m-1/IMG_1.jpg');
  });

  it.each([
    '../../etc/passwd',
    '..',
    '.',
    '',
    '/',
    'a/b',
    'a\\b',
    'C:\\x.txt',
    'a\u0000b.jpg',
    'a\nb.jpg',
    'x\u202egpj.exe',
    '.hidden',
    '_delta_log',
    'CON',
    'con.txt',
    'lpt1.jpg',
    ' lead.jpg',
    'trail.',
    'a b.jpg',
    'a?b#c%d.jpg',
    '\ud800.jpg',
    'x'.repeat(5000),
    '日'.repeat(90),
  ])('are safe whatever the name is: %j', (name) => {
    for (const part of blobPath(name, 'media', name, name).split('/')) {
      expect(part).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u);
      expect(part).not.toContain('..');
      expect(part).not.toMatch(/^(con|prn|aux|nul|lpt\d|com\d)(\.|$)/i);
      expect(Buffer.byteLength(part)).toBeLessThanOrEqual(220);
    }
    expect(blobPath(name, 'media', name, name).split('/')).toHaveLength(4);
  });

  it('keep the extension, and letters of all languages', () => {
    expect(safeName('photo of roof 7.jpg')).toMatch(/^photo_of_roof_7-[0-9a-f]{12}\.jpg$/);
    expect(safeName('Déclaration.pdf')).toBe('Déclaration.pdf');
  });

  it('never meet for two names, though both had to be changed', () => {
    const names = ['a b', 'a_b', 'a?b', 'a/b', 'a  b', 'A b'];
    expect(new Set(names.map(safeName)).size).toBe(names.length);
  });

  it('are the same each time', () => {
    expect(blobPath('p 1', 'media', 'm/1', 'ü ?.jpg')).toBe(blobPath('p 1', 'media', 'm/1', 'ü ?.jpg'));
  });
});

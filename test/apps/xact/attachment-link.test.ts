import { describe, expect, it } from 'vitest';
import { readAttachmentLink } from '../../../src/apps/xact/attachment-link.ts';

describe('the link of an attachment', () => {
  const idOf = (link: string) => readAttachmentLink(link).id;

  it('tells the same file however it is signed', () => {
    const signed = (signature: string) =>
      `https://b.s3.amazonaws.com/k/a.jpg?X-Amz-Expires=60&X-Amz-Signature=${signature}`;
    expect(idOf(signed('one'))).toBe(idOf(signed('two')));
    expect(idOf(signed('one').replace('a.jpg', 'b.jpg'))).not.toBe(idOf(signed('one')));
  });

  it('tells files apart that only the query tells apart', () => {
    expect(idOf('https://files.example.com/get?id=1')).not.toBe(idOf('https://files.example.com/get?id=2'));
  });

  it('has the file name as the last part of its path', () => {
    const nameOf = (link: string) => readAttachmentLink(link).fileName;
    expect(nameOf('https://x/a/D%C3%A9claration%201.pdf?x=1')).toBe('Déclaration 1.pdf');
    expect(nameOf('https://x/a/..%2F..%2Fetc%2Fpasswd')).toBe('../../etc/passwd');
    for (const link of ['https://x/', 'https://x/%E0%A4%A', 'see mail', '']) expect(nameOf(link)).toBe('');
  });
});

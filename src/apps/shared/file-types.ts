import { HttpError } from '../../http/errors.ts';

/** The files that claims are made of, by extension, with the content types that file hosts give them. */
const FILE_TYPES: Readonly<Record<string, readonly string[]>> = {
  jpg: ['image/jpeg'],
  jpeg: ['image/jpeg'],
  png: ['image/png'],
  gif: ['image/gif'],
  bmp: ['image/bmp', 'image/x-ms-bmp'],
  tif: ['image/tiff'],
  tiff: ['image/tiff'],
  webp: ['image/webp'],
  heic: ['image/heic', 'image/heif'],
  heif: ['image/heif', 'image/heic'],
  mp4: ['video/mp4'],
  mov: ['video/quicktime'],
  avi: ['video/x-msvideo', 'video/avi'],
  webm: ['video/webm'],
  mp3: ['audio/mpeg'],
  m4a: ['audio/mp4', 'audio/x-m4a'],
  wav: ['audio/wav', 'audio/x-wav', 'audio/wave'],
  pdf: ['application/pdf'],
  txt: ['text/plain'],
  csv: ['text/csv', 'text/plain'],
  json: ['application/json'],
  xml: ['application/xml', 'text/xml'],
  esx: ['application/zip', 'application/x-zip-compressed'],
  zip: ['application/zip', 'application/x-zip-compressed'],
  doc: ['application/msword'],
  docx: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  xls: ['application/vnd.ms-excel'],
  xlsx: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
};

/** What hosts say when they do not know: the extension decides alone. */
const UNSPECIFIC: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'binary/octet-stream']);

/** The extension without the dot, in lower case; the empty string where there is none. */
export function fileExtension(fileName: string): string {
  return /[^/\\]\.([A-Za-z0-9]{1,16})$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

/**
 * Refuses a file whose extension is not in the list, or whose content type contradicts its extension (a web page or a
 * program under the name of a photo).
 *
 * @throws HttpError `permanent`
 */
export function checkFileType(fileName: string, contentType: string | null): void {
  const extension = fileExtension(fileName);
  const types = Object.hasOwn(FILE_TYPES, extension) ? FILE_TYPES[extension] : undefined;
  if (types === undefined) {
    const what = extension === '' ? 'without an extension' : `of type .${extension}`;
    throw new HttpError('permanent', `files ${what} are not allowed`);
  }
  if (contentType === null || UNSPECIFIC.has(contentType)) return;
  if (!types.includes(contentType)) {
    throw new HttpError('permanent', `a .${extension} file cannot have the content type ${contentType}`);
  }
}

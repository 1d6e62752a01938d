import { HttpError } from '../../http/errors.ts';

/**
 * The error of a download for which there is no better link: a refused or expired link then is for good.
 *
 * @param why completes the message, such as `although the link is fresh`
 */
export function noOtherLink(error: unknown, why: string): unknown {
  if (!(error instanceof HttpError) || error.kind !== 'expired') return error;
  return new HttpError('permanent', `${error.message}, ${why}`, {
    cause: error,
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.url === undefined ? {} : { url: error.url }),
  });
}

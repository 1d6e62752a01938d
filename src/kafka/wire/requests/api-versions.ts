import type { WireRequest } from '../request.ts';

export interface ApiVersionsAnswer {
  readonly errorCode: number;
  readonly apis: ReadonlyMap<number, { readonly min: number; readonly max: number }>;
}

/** Which versions of which APIs the broker speaks: asked first on each connection. */
export const apiVersions: WireRequest<ApiVersionsAnswer> = {
  apiKey: 18,
  apiName: 'ApiVersions',
  versions: [0],
  flexibleFrom: Infinity,
  write: () => {},
  read: (reader) => {
    const errorCode = reader.int16();
    const apis = new Map(
      reader.array(() => {
        const key = reader.int16();
        return [key, { min: reader.int16(), max: reader.int16() }] as const;
      }),
    );
    return { errorCode, apis };
  },
};

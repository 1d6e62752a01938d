import type { WireRequest } from '../request.ts';

/** DeleteTopics v3. Goes to the controller. */
export function deleteTopics(
  names: readonly string[],
  timeoutMs: number,
): WireRequest<{ readonly topic: string; readonly errorCode: number }[]> {
  return {
    apiKey: 20,
    apiName: 'DeleteTopics',
    versions: [3],
    flexibleFrom: 4,
    heldMs: timeoutMs,
    write: (writer) => writer.array(names, (name) => writer.string(name)).int32(timeoutMs),
    read: (reader) => {
      reader.int32();
      return reader.array(() => ({ topic: reader.string(), errorCode: reader.int16() }));
    },
  };
}

import type { LakeStore } from '../../../src/sinks/lake/lake-store.ts';

/** The moment at which a process ends. */
export interface KillPoint {
  readonly call: 'write' | 'putIfAbsent' | 'putFile';
  /** Of the file that is written. */
  readonly name: RegExp;
  /** The how many-th of these calls (default 1). */
  readonly nth?: number;
  /** `before`: not done; `half`: a part of the file lies under a temporary name; `after`: done, the answer never came. */
  readonly when: 'before' | 'half' | 'after';
}

export class Killed extends Error {}

/** A store as a process sees it that ends at a moment: from there on nothing it asks for is done or answered. */
export function killedAt(
  inner: LakeStore,
  point: KillPoint,
): { readonly lake: LakeStore; readonly dead: () => boolean } {
  let left = point.nth ?? 1;
  let dead = false;
  const lake = new Proxy(inner, {
    get(target, name: keyof LakeStore) {
      if (name === 'uri') return target.uri;
      return async (...args: readonly unknown[]) => {
        if (dead) throw new Killed('this process is no more');
        const path = String(name === 'putFile' ? args[1] : args[0]);
        const here = name === point.call && point.name.test(path) && --left === 0;
        const call = (): Promise<unknown> => Reflect.apply(target[name] as () => Promise<unknown>, target, args);
        if (!here) return call();
        dead = true;
        if (point.when === 'after') await call();
        if (point.when === 'half') {
          const bytes = args[1] as Uint8Array;
          const temporary = path.replace(/[^/]*$/, '.$&.half.tmp');
          await target.write(temporary, bytes.subarray(0, bytes.length >> 1));
        }
        throw new Killed(`ended ${point.when} ${name} ${path}`);
      };
    },
  });
  return { lake, dead: () => dead };
}

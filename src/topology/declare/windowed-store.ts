import { sessionWindowed, windowed } from '../../serdes/windowed.ts';
import type { SessionWindows, SlidingWindows, TimeWindows } from '../windows.ts';
import type { WindowedStore } from './declare-windowed.ts';

/** The store behind windows of a kind. */
export function windowedStore<K>(windows: TimeWindows | SlidingWindows | SessionWindows): WindowedStore<K> {
  switch (windows.kind) {
    case 'time': {
      const { sizeMs, graceMs } = windows;
      return {
        kind: 'timestampedWindow',
        neededMs: sizeMs + graceMs,
        sizeMs,
        graceMs,
        windowedKey: (key) => windowed(key, sizeMs),
      };
    }
    case 'sliding': {
      const { timeDifferenceMs: sizeMs, graceMs } = windows;
      return {
        kind: 'timestampedWindow',
        neededMs: 2 * sizeMs + graceMs,
        sizeMs,
        graceMs,
        windowedKey: (key) => windowed(key, sizeMs),
      };
    }
    case 'session': {
      const neededMs = windows.inactivityGapMs + windows.graceMs;
      return { kind: 'session', neededMs, sizeMs: null, graceMs: neededMs, windowedKey: sessionWindowed };
    }
  }
}

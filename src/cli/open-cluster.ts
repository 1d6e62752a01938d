import { StreamsError } from '../core/errors.ts';
import type { OpenCluster } from './cluster.ts';

export const openCluster: OpenCluster = () =>
  Promise.reject(new StreamsError('CONFIG_INVALID', 'no cluster is configured'));

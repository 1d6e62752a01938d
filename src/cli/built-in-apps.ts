import type { AppDefinition } from '../runtime/define-app.ts';

export interface BuiltInApp {
  readonly load: () => Promise<AppDefinition>;
}

/** Loaded when asked for: `topology --help` need not read an application. */
export const BUILT_IN_APPS: Readonly<Record<string, BuiltInApp>> = {
  claimx: { load: async () => (await import('../apps/claimx/topology.ts')).claimx as AppDefinition },
  xact: { load: async () => (await import('../apps/xact/topology.ts')).xact as AppDefinition },
};

/** Commands that start one stage of a built-in application. */
export const STAGE_COMMANDS: readonly { readonly command: string; readonly app: string; readonly stage: string }[] = [
  { command: 'claimx-ingester', app: 'claimx', stage: 'ingester' },
  { command: 'claimx-enricher', app: 'claimx', stage: 'enricher' },
  { command: 'claimx-downloader', app: 'claimx', stage: 'downloader' },
  { command: 'claimx-uploader', app: 'claimx', stage: 'uploader' },
  { command: 'claimx-result-processor', app: 'claimx', stage: 'result-processor' },
  { command: 'xact-event-ingester', app: 'xact', stage: 'event-ingester' },
  { command: 'xact-download', app: 'xact', stage: 'download' },
  { command: 'xact-upload', app: 'xact', stage: 'upload' },
  { command: 'xact-result-processor', app: 'xact', stage: 'result-processor' },
];

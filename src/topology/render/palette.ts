import type { PictureNodeKind } from './picture.ts';

/** Fill, border and text of each kind of box. Dark text on light fills: readable on paper, and for the colour-blind by shape. */
export const PALETTE: Readonly<Record<PictureNodeKind, { fill: string; stroke: string; text: string }>> = {
  topic: { fill: '#fff3d6', stroke: '#b7791f', text: '#3d2c06' },
  internalTopic: { fill: '#fbf7ec', stroke: '#b59b6a', text: '#3d2c06' },
  source: { fill: '#e6f0fb', stroke: '#2b6cb0', text: '#102a43' },
  processor: { fill: '#ffffff', stroke: '#52606d', text: '#1f2933' },
  store: { fill: '#e3f5ee', stroke: '#2f855a', text: '#0f3d2a' },
  sink: { fill: '#e6f0fb', stroke: '#2b6cb0', text: '#102a43' },
  externalSink: { fill: '#f1eafc', stroke: '#6b46c1', text: '#2d1a5a' },
  table: { fill: '#ece3fb', stroke: '#6b46c1', text: '#2d1a5a' },
  stage: { fill: '#dbeafe', stroke: '#1d4ed8', text: '#102a43' },
  external: { fill: '#f1eafc', stroke: '#6b46c1', text: '#2d1a5a' },
};

export const CLUSTER_COLOURS = {
  stage: { fill: '#f5f7fa', stroke: '#9aa5b1' },
  subTopology: { fill: '#ffffff', stroke: '#cbd2d9' },
} as const;

export const ARROWS = { flow: '#52606d', state: '#2f855a' } as const;

import type { TopologyPlan } from '../topology.ts';

/** One plan of an application, under the name that the application gives it. */
export interface StagePlan {
  readonly name: string;
  readonly description?: string;
  /** Completes the names of the stage's internal topics. */
  readonly applicationId: string;
  readonly plan: TopologyPlan;
}

/**
 * What is drawn, whatever the format: boxes in clusters, and arrows. Made once by `drawPlan` or `drawApp`, written by
 * each renderer, so that all formats show the same thing in the same order.
 */
export interface Picture {
  readonly title: string | null;
  /** Which way records flow: `LR`, from left to right, or `TB`, from top to bottom. */
  readonly direction: 'LR' | 'TB';
  /** Whether the boxes keep their ids in an SVG: one such picture at most in a page. */
  readonly named?: boolean;
  readonly clusters: readonly PictureCluster[];
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
}

/** A frame around boxes. Parents come before their children. */
export interface PictureCluster {
  readonly id: string;
  readonly kind: 'stage' | 'subTopology';
  readonly label: string;
  readonly parent: string | null;
}

export type PictureNodeKind =
  | 'topic'
  | 'internalTopic'
  | 'source'
  | 'processor'
  | 'store'
  | 'sink'
  | 'externalSink'
  | 'table'
  | 'external'
  /** A whole stage, in an overview. */
  | 'stage';

export interface PictureNode {
  /** Letters, digits and underscores, made from the name: a change elsewhere in the topology does not change it. */
  readonly id: string;
  readonly kind: PictureNodeKind;
  readonly label: string;
  /** A second, smaller line. */
  readonly detail: string | null;
  readonly cluster: string | null;
}

/** `flow`: records go that way. `state`: the processor uses the store. */
export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'flow' | 'state';
}

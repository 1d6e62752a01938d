import type { Picture, PictureCluster, PictureEdge, PictureNode } from './picture.ts';

/** Collects a picture: boxes of the same key are drawn once, ids stay unique. */
export class Canvas {
  readonly #clusters: PictureCluster[] = [];
  readonly #nodes = new Map<string, PictureNode>();
  readonly #edges = new Map<string, PictureEdge>();
  readonly #ids = new Set<string>();

  cluster(key: string, cluster: Omit<PictureCluster, 'id'>): string {
    const id = this.#unique(key);
    this.#clusters.push({ id, ...cluster });
    return id;
  }

  /** The id of the box with that key, drawn at the first call. */
  node(key: string, node: Omit<PictureNode, 'id'>): string {
    const there = this.#nodes.get(key);
    if (there) return there.id;
    const id = this.#unique(key);
    this.#nodes.set(key, { id, ...node });
    return id;
  }

  edge(from: string, to: string, kind: PictureEdge['kind']): void {
    this.#edges.set(`${from} ${to}`, { from, to, kind });
  }

  finish(title: string | null, direction: Picture['direction']): Picture {
    return {
      title,
      direction,
      clusters: this.#clusters,
      nodes: [...this.#nodes.values()],
      edges: [...this.#edges.values()],
    };
  }

  #unique(key: string): string {
    const base = key.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_|_$/g, '');
    let id = base;
    for (let i = 2; this.#ids.has(id); i++) id = `${base}_${i}`;
    this.#ids.add(id);
    return id;
  }
}

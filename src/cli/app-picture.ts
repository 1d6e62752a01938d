import type { PictureSource } from '../observe/http-server.ts';
import { renderAppJson } from '../topology/render/json.ts';
import { renderAppMermaid } from '../topology/render/mermaid.ts';
import type { StagePlan } from '../topology/render/picture.ts';
import { renderAppSvg, renderOverviewSvg } from '../topology/render/svg.ts';

/** The diagrams of a running application; each laid out once, since a topology does not change while it runs. */
export function appPicture(title: string, stages: readonly StagePlan[]): PictureSource {
  return {
    svg: once(() => renderAppSvg(stages, { title })),
    overview: once(() => renderOverviewSvg(stages)),
    stages: once(() =>
      Promise.all(stages.map(async (stage) => ({ name: stage.name, svg: await renderAppSvg([stage]) }))),
    ),
    mermaid: () => renderAppMermaid(stages, { title }),
    json: () => renderAppJson(stages),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

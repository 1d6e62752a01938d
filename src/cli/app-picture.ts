import type { PictureSource } from '../observe/http-server.ts';
import { renderAppJson } from '../topology/render/json.ts';
import { renderAppMermaid } from '../topology/render/mermaid.ts';
import type { StagePlan } from '../topology/render/picture.ts';
import { renderAppSvg } from '../topology/render/svg.ts';

/** The diagram of a running application; laid out once, since a topology does not change while it runs. */
export function appPicture(title: string, stages: readonly StagePlan[]): PictureSource {
  let svg: Promise<string> | null = null;
  return {
    svg: () => (svg ??= renderAppSvg(stages, { title })),
    mermaid: () => renderAppMermaid(stages, { title }),
    json: () => renderAppJson(stages),
  };
}

/** A binary heap of strings: the least is first. */
export class TextHeap {
  readonly #items: string[] = [];

  get first(): string | undefined {
    return this.#items[0];
  }

  push(item: string): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const up = (at - 1) >>> 1;
      const parent = items[up] ?? '';
      if (parent <= item) break;
      items[at] = parent;
      at = up;
    }
    items[at] = item;
  }

  /** Takes the first away. */
  pop(): string | undefined {
    const items = this.#items;
    const first = items[0];
    const item = items.pop();
    if (item === undefined || items.length === 0) return first;
    let at = 0;
    for (let down = 1; down < items.length; down = at * 2 + 1) {
      if ((items[down + 1] ?? item) < (items[down] ?? item)) down++;
      const child = items[down];
      if (child === undefined || child >= item) break;
      items[at] = child;
      at = down;
    }
    items[at] = item;
    return first;
  }
}

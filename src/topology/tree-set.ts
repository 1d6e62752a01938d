interface Entry<T> {
  readonly item: T;
  left: Entry<T> | null;
  right: Entry<T> | null;
  parent: Entry<T> | null;
  red: boolean;
}

/**
 * Java's `TreeSet`: a red-black tree. Kafka Streams sorts the neighbours of a node in one while the sizes it sorts by
 * still grow, so the printed order depends on how the tree stood at each insertion; a plain sort would not do.
 */
export class TreeSet<T> {
  readonly #compare: (one: T, other: T) => number;
  #root: Entry<T> | null = null;

  constructor(compare: (one: T, other: T) => number) {
    this.#compare = compare;
  }

  add(item: T): void {
    let parent: Entry<T> | null = null;
    let order = 0;
    for (let at = this.#root; at !== null; at = order < 0 ? at.left : at.right) {
      order = this.#compare(item, at.item);
      if (order === 0) return;
      parent = at;
    }
    const entry: Entry<T> = { item, left: null, right: null, parent, red: true };
    if (parent === null) this.#root = entry;
    else if (order < 0) parent.left = entry;
    else parent.right = entry;
    this.#balance(entry);
  }

  items(): T[] {
    const items: T[] = [];
    const visit = (entry: Entry<T> | null): void => {
      if (entry === null) return;
      visit(entry.left);
      items.push(entry.item);
      visit(entry.right);
    };
    visit(this.#root);
    return items;
  }

  #balance(added: Entry<T>): void {
    let at = added;
    for (let parent = at.parent; parent?.red === true && parent.parent !== null; parent = at.parent) {
      const grandparent: Entry<T> = parent.parent;
      const isLeft = parent === grandparent.left;
      const uncle = isLeft ? grandparent.right : grandparent.left;
      if (uncle?.red === true) {
        parent.red = false;
        uncle.red = false;
        grandparent.red = true;
        at = grandparent;
        continue;
      }
      if (at === (isLeft ? parent.right : parent.left)) {
        at = parent;
        this.#rotate(at, isLeft);
      }
      if (at.parent !== null) at.parent.red = false;
      grandparent.red = true;
      this.#rotate(grandparent, !isLeft);
    }
    if (this.#root !== null) this.#root.red = false;
  }

  /** Turns the tree at `entry`, to the left or to the right. */
  #rotate(entry: Entry<T>, left: boolean): void {
    const up = left ? entry.right : entry.left;
    if (up === null) return;
    const inner = left ? up.left : up.right;
    if (left) entry.right = inner;
    else entry.left = inner;
    if (inner !== null) inner.parent = entry;
    up.parent = entry.parent;
    if (entry.parent === null) this.#root = up;
    else if (entry.parent.left === entry) entry.parent.left = up;
    else entry.parent.right = up;
    if (left) up.left = entry;
    else up.right = entry;
    entry.parent = up;
  }
}

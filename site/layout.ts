/** A box to place: columns are given, positions within a column are found. */
export interface Box {
  readonly id: number;
  readonly column: number;
}

export interface Sizes {
  readonly boxWidth: number;
  readonly boxHeight: number;
  /** Between columns. */
  readonly gapX: number;
  /** Between boxes of a column. */
  readonly gapY: number;
}

export interface Placed {
  readonly width: number;
  readonly height: number;
  /** Top left corners by box id. */
  readonly boxes: ReadonlyMap<number, { readonly x: number; readonly y: number }>;
  /** SVG path data for each edge, in the order given; undefined for an edge within a column. */
  readonly paths: readonly (string | undefined)[];
}

interface Slot {
  readonly column: number;
  readonly height: number;
  readonly left: Slot[];
  readonly right: Slot[];
  /** Centre. */
  y: number;
}

const LANE_HEIGHT = 4;
const SWEEPS = 12;

/**
 * Places boxes in columns so that few edges cross and edges run straight.
 *
 * The method of Sugiyama et al. 1981 with columns given: edges that pass a column get a lane in it (one for all edges of a box), the
 * order in each column comes from barycentre sweeps (the best order seen is kept), and the positions are the least-squares ones under
 * that order, found by pooling neighbours that would overlap.
 *
 * @param edges pairs of box ids; both ends must be among `boxes`.
 */
export function layOut(boxes: readonly Box[], edges: readonly (readonly [number, number])[], sizes: Sizes): Placed {
  const slots = new Map<number, Slot>();
  const columns: Slot[][] = [];
  const add = (column: number, height: number): Slot => {
    const slot: Slot = { column, height, left: [], right: [], y: 0 };
    while (columns.length <= column) columns.push([]);
    columns[column]!.push(slot);
    return slot;
  };
  for (const { id, column } of boxes) slots.set(id, add(column, sizes.boxHeight));

  const lanes = new Map<string, Slot>();
  const chains = edges.map(([from, to]) => {
    const ends = [slots.get(from)!, slots.get(to)!];
    const [first, last] = ends[0]!.column <= ends[1]!.column ? [ends[0]!, ends[1]!] : [ends[1]!, ends[0]!];
    if (first.column === last.column) return undefined;
    const chain = [first];
    for (let column = first.column + 1; column < last.column; column++) {
      const key = `${from} ${column}`;
      const lane = lanes.get(key) ?? add(column, LANE_HEIGHT);
      lanes.set(key, lane);
      chain.push(lane);
    }
    chain.push(last);
    for (let i = 1; i < chain.length; i++) join(chain[i - 1]!, chain[i]!);
    return chain;
  });

  orderColumns(columns);
  placeColumns(columns, sizes.gapY);

  const x = (slot: Slot) => slot.column * (sizes.boxWidth + sizes.gapX);
  const top = Math.min(0, ...columns.flat().map((slot) => slot.y - slot.height / 2));
  const bottom = Math.max(0, ...columns.flat().map((slot) => slot.y + slot.height / 2));
  return {
    width: columns.length * (sizes.boxWidth + sizes.gapX) - sizes.gapX,
    height: bottom - top,
    boxes: new Map([...slots].map(([id, slot]) => [id, { x: x(slot), y: round(slot.y - slot.height / 2 - top) }])),
    paths: chains.map((chain) => chain && pathOf(chain, x, top, sizes)),
  };
}

function join(left: Slot, right: Slot): void {
  if (left.right.includes(right)) return;
  left.right.push(right);
  right.left.push(left);
}

/** Sorts each column by the mean position of its neighbours on one side, sweeping to and fro. */
function orderColumns(columns: Slot[][]): void {
  const number = () => {
    for (const column of columns) for (const [i, slot] of column.entries()) slot.y = i;
  };
  number();
  let best = columns.map((column) => [...column]);
  let fewest = crossings(columns);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const forward = sweep % 2 === 0;
    for (const column of forward ? columns : [...columns].reverse()) {
      const aim = new Map(column.map((slot) => [slot, mean(forward ? slot.left : slot.right) ?? slot.y]));
      column.sort((a, b) => aim.get(a)! - aim.get(b)!);
      for (const [i, slot] of column.entries()) slot.y = i;
    }
    const found = crossings(columns);
    if (found >= fewest) continue;
    fewest = found;
    best = columns.map((column) => [...column]);
  }
  for (const [i, column] of best.entries()) columns[i] = column;
  number();
}

/** Pairs of edges between neighbouring columns that cross. */
function crossings(columns: readonly Slot[][]): number {
  let total = 0;
  for (const column of columns) {
    const ends = column.flatMap((slot) => slot.right.map((other) => other.y).sort((a, b) => a - b));
    for (let i = 0; i < ends.length; i++) for (let j = 0; j < i; j++) if (ends[j]! > ends[i]!) total++;
  }
  return total;
}

function placeColumns(columns: readonly Slot[][], gap: number): void {
  for (const column of columns) {
    const tall = column.reduce((sum, slot) => sum + slot.height + gap, -gap);
    let y = -tall / 2;
    for (const slot of column) {
      slot.y = y + slot.height / 2;
      y += slot.height + gap;
    }
  }
  for (let pass = 0; pass < 4; pass++) {
    for (const column of pass % 2 === 0 ? columns : [...columns].reverse()) settle(column, gap);
  }
}

/**
 * Moves the slots of a column as near to the mean of their neighbours as their order and size allow: isotonic regression of the wished
 * positions, measured from where a tight stack would have them.
 */
function settle(column: readonly Slot[], gap: number): void {
  const blocks: { sum: number; slots: Slot[] }[] = [];
  const offset = new Map<Slot, number>();
  let stacked = 0;
  for (const slot of column) {
    offset.set(slot, stacked + slot.height / 2);
    stacked += slot.height + gap;
    const wish = mean([...slot.left, ...slot.right]) ?? slot.y;
    let block = { sum: wish - offset.get(slot)!, slots: [slot] };
    for (
      let last = blocks.at(-1);
      last && last.sum / last.slots.length >= block.sum / block.slots.length;
      last = blocks.at(-1)
    ) {
      block = { sum: last.sum + block.sum, slots: [...last.slots, ...block.slots] };
      blocks.pop();
    }
    blocks.push(block);
  }
  for (const { sum, slots } of blocks) for (const slot of slots) slot.y = sum / slots.length + offset.get(slot)!;
}

function mean(slots: readonly Slot[]): number | undefined {
  return slots.length === 0 ? undefined : slots.reduce((sum, slot) => sum + slot.y, 0) / slots.length;
}

/** Horizontal at each column, a curve between columns. */
function pathOf(chain: readonly Slot[], x: (slot: Slot) => number, top: number, { boxWidth, gapX }: Sizes): string {
  const [first] = chain;
  let path = `M${x(first!) + boxWidth} ${round(first!.y - top)}`;
  for (const [i, slot] of chain.entries()) {
    if (i === 0) continue;
    const before = round(chain[i - 1]!.y - top);
    const y = round(slot.y - top);
    const end = x(slot);
    path += `C${end - gapX / 2} ${before} ${end - gapX / 2} ${y} ${end} ${y}`;
    if (i < chain.length - 1) path += `H${end + boxWidth}`;
  }
  return path;
}

const round = (n: number) => Math.round(n * 10) / 10;

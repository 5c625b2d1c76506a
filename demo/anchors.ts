import type { Segmentation } from '../src/index.ts';

/** Where the name of a class fits: the middle of its thickest part, as parts of width and height. */
export interface Anchor {
  readonly label: number;
  readonly x: number;
  readonly y: number;
}

/** Longest side of the coarse grid that is searched; a name needs no finer place. */
const GRID = 160;
/** Half the thickness, in grid cells, below which a name would cover what it names. */
const MIN_RADIUS = 4;

/** One anchor for every class that has a part thick enough. */
export function findAnchors(segmentation: Segmentation): readonly Anchor[] {
  const grid = coarse(segmentation);
  const depth = depths(grid);
  const best = new Map<number, number>();
  depth.forEach((radius, i) => {
    const label = grid.labels[i] ?? 0;
    if (radius > (depth[best.get(label) ?? -1] ?? MIN_RADIUS)) best.set(label, i);
  });
  return [...best].map(([label, i]) => ({
    label,
    x: ((i % grid.width) + 0.5) / grid.width,
    y: (Math.floor(i / grid.width) + 0.5) / grid.height,
  }));
}

interface Grid {
  readonly width: number;
  readonly height: number;
  readonly labels: Uint16Array;
}

function coarse({ width, height, labels }: Segmentation): Grid {
  const step = Math.max(1, Math.max(width, height) / GRID);
  const columns = Math.max(1, Math.floor(width / step));
  const rows = Math.max(1, Math.floor(height / step));
  const cells = new Uint16Array(columns * rows);
  for (let i = 0; i < cells.length; i++) {
    const x = Math.floor(((i % columns) + 0.5) * step);
    const y = Math.floor((Math.floor(i / columns) + 0.5) * step);
    cells[i] = labels[y * width + x] ?? 0;
  }
  return { width: columns, height: rows, labels: cells };
}

/** City-block distance of every cell to the next other class or the edge, in two sweeps. */
function depths({ width, height, labels }: Grid): Float32Array {
  const depth = new Float32Array(labels.length);
  const relax = (i: number, x: number, y: number, dx: number, dy: number): number => {
    const inside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
    const j = i + dy * width + dx;
    return inside && labels[j] === labels[i] ? (depth[j] ?? 0) + 1 : 1;
  };
  for (let i = 0; i < labels.length; i++) {
    const x = i % width;
    const y = Math.floor(i / width);
    depth[i] = Math.min(relax(i, x, y, -1, 0), relax(i, x, y, 0, -1));
  }
  for (let i = labels.length - 1; i >= 0; i--) {
    const x = i % width;
    const y = Math.floor(i / width);
    depth[i] = Math.min(depth[i] ?? 0, relax(i, x, y, 1, 0), relax(i, x, y, 0, 1));
  }
  return depth;
}

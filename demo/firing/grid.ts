/** Largest side of a cell, in CSS pixels. */
const LARGEST = 56;

/** Square cells in rows. */
export interface Grid {
  readonly columns: number;
  /** Of a cell, with its gap. */
  readonly side: number;
}

/** How much smaller cells may get for rows that are full. */
const TOLERANCE = 0.8;

/** The grid with which `count` cells fill a room best: large cells, full rows, and rather wide. */
export function gridOf(count: number, width: number, height: number): Grid {
  const grids = Array.from({ length: count }, (_, i): Grid => {
    const columns = i + 1;
    const rows = Math.ceil(count / columns);
    return { columns, side: Math.min(width / columns, height / rows, LARGEST) };
  });
  const largest = Math.max(...grids.map(({ side }) => side));
  const empty = ({ columns }: Grid) => (columns - (count % columns)) % columns;
  return grids
    .filter(({ side }) => side >= TOLERANCE * largest)
    .reduce((best, grid) => (empty(grid) <= empty(best) ? grid : best));
}

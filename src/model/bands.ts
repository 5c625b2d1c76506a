/** Rows [first, first + count) of a map or picture. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/** RGBA, 8 bits each: u8[height][width][4]. */
export interface Frame {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/** CPU twin of shaders/copy-external.wgsl: the upper left of a frame. */
export function copyExternal(frame: Frame, height: number, width: number): Frame {
  const rows = Array.from({ length: height }, (_, y) => {
    const first = 4 * y * frame.width;
    return [...frame.data.subarray(first, first + 4 * width)];
  });
  return { height, width, data: Uint8Array.from(rows.flat()) };
}

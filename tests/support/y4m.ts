import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';

export interface Film {
  /** Pictures that a camera sees one after another, again and again. */
  readonly scenes: readonly string[];
  /** Even, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly framesPerScene: number;
}

/** Writes a film that Chromium's fake camera plays: YUV4MPEG2, 4:2:0. */
export async function writeY4m(path: string, film: Film): Promise<void> {
  const { scenes, width, height, framesPerSecond, framesPerScene } = film;
  const header = `YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`;
  const parts: Buffer[] = [Buffer.from(header)];
  for (const scene of scenes) {
    const frame = await i420(scene, width, height);
    for (let i = 0; i < framesPerScene; i++) parts.push(Buffer.from('FRAME\n'), frame);
  }
  await writeFile(path, Buffer.concat(parts));
}

/** A picture as cameras give it: BT.601 in its limited range, the colour planes at half the size. */
export async function i420(picture: string, width: number, height: number): Promise<Buffer> {
  const rgb = await sharp(picture).resize(width, height).removeAlpha().raw().toBuffer();
  const plane = (step: number, [r, g, b]: readonly [number, number, number], zero: number) =>
    Buffer.from(
      Array.from({ length: (width / step) * (height / step) }, (_, i) => {
        const x = (i % (width / step)) * step;
        const y = Math.floor(i / (width / step)) * step;
        const at = 3 * (y * width + x);
        const sum = r * (rgb[at] ?? 0) + g * (rgb[at + 1] ?? 0) + b * (rgb[at + 2] ?? 0);
        return Math.round(zero + sum / 256);
      }),
    );
  return Buffer.concat([
    plane(1, [65.738, 129.057, 25.064], 16),
    plane(2, [-37.945, -74.494, 112.439], 128),
    plane(2, [112.439, -94.154, -18.285], 128),
  ]);
}

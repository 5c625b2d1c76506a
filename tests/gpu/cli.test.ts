import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { SegmentResult } from '../../src/node/segment-result.ts';
import type { VerifyResult } from '../../src/node/verify-result.ts';
import { scratchFolder, spikeseg } from '../support/cli.ts';
import { readJson } from '../support/files.ts';
import { agreement, readLabels } from '../support/labels.ts';
import { shared } from '../support/shared.ts';

const MANIFEST = fileURLToPath(new URL('../../weights/portrait/manifest.json', import.meta.url));
const { classes, weights } = readJson(MANIFEST) as {
  classes: { name: string; color: string }[];
  weights: { sha256: string };
};
const COLORS = classes.map(({ color }) => color);

const sample = (name: string) => shared('data', 'samples', name);
const reference = (name: string) => shared('weights', 'portrait', 'reference', name);

describe('segment', () => {
  test('a photo gives a mask, an overlay, and JSON that agrees with both', async () => {
    const folder = await scratchFolder();
    const [mask, overlay] = [join(folder, 'new', 'mask.png'), join(folder, 'overlay.webp')];
    const args = ['segment', sample('friends.jpg'), '-o', mask, '--overlay', overlay, '--json'];
    const { status, stdout, stderr } = await spikeseg(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

    const result = JSON.parse(stdout) as SegmentResult;
    expect(result).toMatchObject({
      model: { name: 'portrait', sha256: weights.sha256 },
      image: { path: sample('friends.jpg'), width: 683, height: 1024 },
      adapter: expect.stringMatching(/\w/) as string,
      network: { width: 256, height: 256 },
      classes: classes.map((entry, index) => ({ index, ...entry })),
    });
    for (const time of Object.values(result.timings)) expect(time).toBeGreaterThan(0);

    const { labels, ...size } = await readLabels(mask, COLORS);
    expect(size).toEqual({ width: 683, height: 1024 });
    const pixels = COLORS.map((_, index) => labels.filter((label) => label === index).length);
    expect(result.classes.map((entry) => entry.pixels)).toEqual(pixels);
    expect(result.classes.map(({ share }) => share * labels.length)).toEqual(
      pixels.map((count) => expect.closeTo(count, 6) as number),
    );
    expect(await sharp(overlay).metadata()).toMatchObject({ format: 'webp', ...size });
  });

  test('without an output it prints the classes that occur, the largest first', async () => {
    const { status, stdout, stderr } = await spikeseg(['segment', sample('friends.jpg')]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [head, first, second] = stdout.split('\n');
    expect(head).toMatch(/friends\.jpg {2}683 × 1024, network 256 × 256, /);
    expect(first).toMatch(/^0 {2}background {3}60\.\d % {2}42\d,\d{3} px$/);
    expect(second).toMatch(/^4 {2}clothes /);
  });

  test('the photo is turned as its EXIF data say', async () => {
    const folder = await scratchFolder();
    const turned = join(folder, 'turned.jpg');
    await sharp(sample('friends.jpg')).withMetadata({ orientation: 6 }).toFile(turned);
    const { stdout } = await spikeseg(['segment', turned, '--json', '--size', '96x64']);
    expect(JSON.parse(stdout)).toMatchObject({
      image: { width: 1024, height: 683 },
      network: { width: 96, height: 64 },
    });
  });

  test('in a folder a broken picture is named, and does not stop the rest', async () => {
    const folder = await scratchFolder(
      [sample('doctor.jpg'), 'a.jpg'],
      [reference('friends.input.png'), 'c.png'],
      [sample('samples.csv'), 'notes.csv'],
    );
    const whole = await readFile(sample('crossing.jpg'));
    await writeFile(join(folder, 'b.jpg'), whole.subarray(0, whole.length / 2));
    const masks = join(folder, 'masks');
    const { status, stdout, stderr } = await spikeseg(['segment', folder, '-o', masks, '--json']);

    expect(status).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    const results = lines.map((line) => JSON.parse(line) as SegmentResult);
    const pictures = ['a.jpg', 'c.png'].map((name) => join(folder, name));
    expect(results.map(({ image }) => image.path)).toEqual(pictures);
    expect(await readdir(masks)).toEqual(['a.png', 'c.png']);
    const [ignored, broken, sum] = stderr.split('\n');
    expect(ignored).toBe('1 file was ignored: no pictures by their names');
    expect(broken).toMatch(`spikeseg: ${join(folder, 'b.jpg')} cannot be decoded: `);
    expect(sum).toBe('spikeseg: 1 of 3 pictures failed');
  });

  test('an aborted signal ends it, and nothing is written', async () => {
    const folder = await scratchFolder();
    const args = ['segment', sample('friends.jpg'), '-o', join(folder, 'mask.png')];
    const ended = await spikeseg(args, { signal: AbortSignal.abort() });
    expect(ended).toEqual({ status: 130, stdout: '', stderr: 'spikeseg: aborted\n' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('on a terminal there is progress while it works, and none of it remains', async () => {
    const args = ['segment', sample('friends.jpg')];
    const { stdout, stderr } = await spikeseg(args, { terminal: true });
    expect(stderr).toContain('portrait: compiling the kernels ');
    expect(stderr.split('\r\x1b[2K').at(-1)).toBe('');
    expect(stdout).toContain('\x1b[38;2;67;99;216m██');
  });
});

interface Photo {
  readonly input: string;
  readonly labels: string;
  readonly mask: string;
  readonly stable: boolean;
  readonly agreement_fp32_fp64: number;
}

// As the network sees them, and as they were taken: the second adds decoding, resizing, and labels
// at the size of the photo.
test.for([
  ['resized', (_: string, { input, labels }: Photo) => [reference(input), labels]],
  ['whole', (name: string, { mask }: Photo) => [sample(name), mask]],
] as const)('the eight sample photos, %s, are labelled as by the original', async ([, files]) => {
  const { photos } = readJson(reference('reference.json')) as { photos: Record<string, Photo> };
  const cases = Object.entries(photos).map(([name, photo]) => {
    const [picture = '', expected = ''] = files(name, photo);
    return { picture, expected, ...photo };
  });
  expect(cases).toHaveLength(8);
  const folder = await scratchFolder();
  const pictures = cases.map(({ picture }) => picture);
  expect(await spikeseg(['segment', ...pictures, '-o', folder])).toMatchObject({ status: 0 });
  for (const { picture, expected, stable, agreement_fp32_fp64 } of cases) {
    const got = await readLabels(join(folder, `${parse(picture).name}.png`), COLORS);
    const want = await readLabels(reference(expected), COLORS);
    const least = stable ? 0.999 : agreement_fp32_fp64 - 0.01;
    expect(agreement(got.labels, want.labels), picture).toBeGreaterThanOrEqual(least);
  }
});

describe('verify', () => {
  test('a golden passes, in words and as JSON', async () => {
    const micro = shared('goldens', 'micro');
    const { status, stdout, stderr } = await spikeseg(['verify', micro]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/\nlabels +6,144 of 6,144 equal\n/);
    expect(stdout).toMatch(/\n… 158 more layers, none worse: --all lists them\n/);
    expect(stdout).toMatch(/\nPASSED in \d/);

    const json = await spikeseg(['verify', micro, '--json', '--literal', '--unrolled']);
    expect(json.status).toBe(0);
    const result = JSON.parse(json.stdout) as VerifyResult;
    expect(result).toMatchObject({ golden: 'micro', passed: true, faults: [] });
    expect(result).toMatchObject({ literal: true, unrolled: true });
    expect(result.teacherForced).toHaveLength(168);
    expect(result.teacherForced[0]).toMatchObject({
      name: 'backbone.ConvBlock1_1.0.Conv.spike1',
      units: 6144,
      flips: 0,
      excused: 0,
    });
  });

  test('a classifier of leaky neurons passes, over its timesteps', async () => {
    const lif = shared('goldens', 'lif');
    const { status, stdout, stderr } = await spikeseg(['verify', lif]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/\nteacher-forced +0 of 954,752 units in 77 layers flipped; /);
    expect(stdout).toMatch(/\nclass logits +err by /);
    const literal = await spikeseg(['verify', lif, '--literal']);
    expect(literal).toMatchObject({ status: 2, stdout: '' });
    expect(literal.stderr).toContain('are for segmenters');
  });

  test('a golden whose weights were changed fails, and tells where', async () => {
    const folder = await scratchFolder(
      ...['manifest.json', 'golden.safetensors', 'weights.safetensors'].map(
        (name) => [shared('goldens', 'micro', name), name] as const,
      ),
    );
    await changeWeight(
      join(folder, 'weights.safetensors'),
      'backbone.block4.1.mlp.fc1_conv.weight',
    );
    const { status, stdout } = await spikeseg(['verify', folder]);
    expect(status).toBe(1);
    const neuron = 'backbone.block4.1.mlp.fc2_spike';
    expect(stdout).toMatch(new RegExp(`\n- ${neuron}: \\d+ units? flipped without a near-tie\n`));
    expect(stdout).toContain(`flips without a reason in ${neuron}\n`);
    expect(stdout).toMatch(/\nFAILED in \d/);
  });

  test('a folder that is no golden of a Spike2Former is refused', async () => {
    for (const [folder, problem] of [
      [shared('goldens', 'malicious'), 'golden.safetensors cannot be read'],
      [shared('goldens', 'nowhere'), 'does not exist'],
    ] as const) {
      const { status, stdout, stderr } = await spikeseg(['verify', folder]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(problem);
    }
  });
});

/** Adds 1 to the first value of an f32 tensor in a safetensors file. */
async function changeWeight(path: string, name: string): Promise<void> {
  const file = await readFile(path);
  const start = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString('utf8', 8, start)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const at = start + (header[name]?.data_offsets[0] ?? NaN);
  file.writeFloatLE(file.readFloatLE(at) + 1, at);
  await writeFile(path, file);
}

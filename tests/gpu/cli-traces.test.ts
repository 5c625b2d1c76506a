import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder, spikeseg } from '../support/cli.ts';
import { openClassifierGolden } from '../support/open-golden.ts';
import { shared } from '../support/shared.ts';

const LAYER = 'block3.0.attn.k_lif';

test('verify writes the membrane potentials of a layer over time', async () => {
  const file = join(await scratchFolder(), 'traces.csv');
  const args = ['verify', shared('goldens', 'lif'), '--traces', file, '--layer', LAYER];
  expect(await spikeseg(args)).toMatchObject({ status: 0, stderr: '' });
  const [, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');

  const { golden } = await openClassifierGolden('lif');
  const { timesteps, threshold } = golden.config;
  const expected = await golden.tensors.read(`lif_out/${LAYER}`);
  const units = expected.length / timesteps;
  expect(lines).toHaveLength(expected.length);
  for (const [i, line] of lines.entries()) {
    const [unit = NaN, timestep = NaN, potential = NaN, spike] = line.split(',').map(Number);
    expect([unit, timestep]).toEqual([Math.floor(i / timesteps), (i % timesteps) + 1]);
    expect(spike).toBe(Number(potential >= threshold));
    expect(spike).toBe(expected[(timestep - 1) * units + unit]);
  }
});

test('verify draws the last layer, or says what it cannot draw', async () => {
  const folder = await scratchFolder();
  const [lif, svg] = [shared('goldens', 'lif'), join(folder, 'traces.svg')];
  expect(await spikeseg(['verify', lif, '--traces', svg])).toMatchObject({ status: 0 });
  const drawn = await readFile(svg, 'utf8');
  expect(drawn).toContain('<title>Membrane potentials of lif</title>');
  expect(drawn.match(/<polyline/g)).toHaveLength(12);

  for (const [args, problem] of [
    [[lif, '--traces', 'a.png'], 'a file that ends in .svg or .csv'],
    [[lif, '--layer', LAYER], '--layer is for --traces'],
    [[lif, '--traces', svg, '--layer', 'nothing'], 'there is no neuron layer "nothing"'],
    [[shared('goldens', 'micro'), '--traces', svg], 'micro is a segmenter'],
  ] as const) {
    const { status, stderr } = await spikeseg(['verify', ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(problem);
  }
});

import { describe, expect, test } from 'vitest';
import { ENERGY_45NM, energyMillijoules } from '../../src/model/energy.ts';
import {
  firingRatesCsv,
  hashPixels,
  statisticsCsv,
  statisticsJson,
} from '../../src/model/export-statistics.ts';
import { layerGroup } from '../../src/model/layer-groups.ts';
import { mergeStatistics } from '../../src/model/merge-statistics.ts';
import { firingCounts, summarise, type NetworkCounts } from '../../src/model/summarise.ts';
import { VERSION } from '../../src/version.ts';
import packageJson from '../../package.json' with { type: 'json' };

/** A network of one layer, of 2 channels of 2 × 2 units, that drives a 1×1 with 3 outputs. */
function counts(histogram: number[], channelSpikes: number[], width = 4): NetworkCounts {
  const spikes = histogram.reduce((sum, units, k) => sum + units * k, 0);
  const name = 'backbone.block3.0.attn.head_spike';
  const group = layerGroup(name);
  const accumulates = 3 * spikes;
  const layer = { name, group, height: 2, width: 2, channels: 2, spatial: true, histogram };
  const map = new Uint16Array(4);
  const spikeCounts = new Uint8Array(8);
  const driven = {
    name: 'conv',
    group,
    neurons: [name],
    accumulates,
    macs: 0,
    denseMacs: 24,
    nominalMacs: 24,
    rateAccumulates: accumulates,
  };
  const analog = { ...driven, name: 'stem', neurons: [], accumulates: 0, macs: 10 };
  const operations = [driven, { ...analog, denseMacs: 10, nominalMacs: 12, rateAccumulates: 0 }];
  return {
    pictures: 1,
    input: { height: 4, width },
    levels: histogram.length - 1,
    timesteps: 1,
    layers: [{ ...layer, accumulates, denseMacs: 24, channelSpikes, map, spikeCounts }],
    operations,
    executed: operations,
  };
}

describe('summarise', () => {
  test('derives every rate from the histogram', () => {
    expect(firingCounts([4, 2, 0, 0, 2])).toEqual({
      units: 8,
      spikes: 10,
      nonzero: 4,
      saturated: 2,
      countRate: 1.25,
      rate: 0.3125,
      nonzeroRate: 0.5,
    });
  });

  test('totals operations and energies', () => {
    const { layers, totals } = summarise(counts([4, 2, 0, 0, 2], [10, 0]));
    expect(layers[0]).toMatchObject({ deadChannels: 1, spikes: 10 });
    expect(totals).toMatchObject({ layers: 1, channels: 2, deadChannels: 1, units: 8 });
    expect(totals.network).toMatchObject({ accumulates: 30, macs: 10, denseMacs: 34 });
    expect(totals.network.energy.fp32).toBeCloseTo((30 * 0.9 + 10 * 4.6) * 1e-9, 18);
    expect(totals.network.denseEnergy.int8).toBeCloseTo(34 * 0.23e-9, 18);
    expect(totals.rateFormula).toMatchObject({ accumulates: 30, macs: 12 });
  });

  test('a MAC is an addition and a multiplication', () => {
    const operations = { accumulates: 1e9, macs: 1e9 };
    expect(energyMillijoules(operations, ENERGY_45NM.fp32)).toBeCloseTo(5.5, 12);
    expect(energyMillijoules(operations, ENERGY_45NM.fp16)).toBeCloseTo(1.9, 12);
  });
});

describe('mergeStatistics', () => {
  const a = summarise(counts([4, 2, 0, 0, 2], [10, 0]));
  const b = summarise(counts([7, 1, 0, 0, 0], [0, 1]));

  test('adds counts; rates are those of all units, energies those of a picture', () => {
    const { pictures, input, layers, totals } = mergeStatistics(a, b);
    expect({ pictures, input }).toEqual({ pictures: 2, input: { height: 4, width: 4 } });
    expect(layers[0]).toMatchObject({
      histogram: [11, 3, 0, 0, 2],
      channelSpikes: [10, 1],
      deadChannels: 0,
      countRate: 11 / 16,
      accumulates: 33,
    });
    expect(layers[0]).not.toHaveProperty('map');
    expect(layers[0]).not.toHaveProperty('spikeCounts');
    expect(totals.network.accumulates).toBe(33);
    const mean = (a.totals.network.energy.fp32 + b.totals.network.energy.fp32) / 2;
    expect(totals.network.energy.fp32).toBeCloseTo(mean, 18);
  });

  test('tells no input size where there is none in common', () => {
    const wide = summarise(counts([7, 1, 0, 0, 0], [0, 1], 8));
    expect(mergeStatistics(a, wide)).not.toHaveProperty('input');
  });

  test('refuses statistics of another number of timesteps', () => {
    const early = summarise(counts([7, 1], [0, 1]));
    expect(() => mergeStatistics(a, early)).toThrow('4 virtual timesteps and one of 1');
  });

  test('refuses statistics of another network', () => {
    const other = { ...b, layers: b.layers.map((layer) => ({ ...layer, name: 'other' })) };
    expect(() => mergeStatistics(a, other)).toThrow('has no backbone.block3.0.attn.head_spike');
  });
});

describe('exports', () => {
  const statistics = summarise(counts([4, 2, 0, 0, 2], [10, 0]));
  const provenance = {
    model: { name: 'm', sha256: 'abc' },
    images: [{ sha256: 'def', width: 4, height: 4 }],
    adapter: 'a GPU',
  };

  test('JSON tells where the numbers come from and what they mean', () => {
    const parsed = JSON.parse(statisticsJson(statistics, provenance)) as object;
    expect(parsed).toMatchObject({
      format: 'spikeseg-statistics',
      package: { name: 'spikeseg', version: packageJson.version },
      ...provenance,
      levels: 4,
      timesteps: 1,
      input: { height: 4, width: 4 },
    });
    expect(parsed).toHaveProperty('definitions.rate');
    expect(parsed).toHaveProperty('layers.0.histogram', [4, 2, 0, 0, 2]);
    expect(parsed).not.toHaveProperty('layers.0.map');
    expect(parsed).not.toHaveProperty('layers.0.spikeCounts');
    expect(parsed).not.toHaveProperty('layers.0.channelSpikes');
    const whole = JSON.parse(statisticsJson(statistics, provenance, { channels: true })) as object;
    expect(whole).toHaveProperty('layers.0.channelSpikes', [10, 0]);
  });

  test('CSV has a line for each layer', () => {
    expect(statisticsCsv(statistics)).toBe(
      'name,group,height,width,channels,units,spikes,nonzero,saturated,countRate,rate,nonzeroRate,' +
        'deadChannels,accumulates,denseMacs,units0,units1,units2,units3,units4\n' +
        'backbone.block3.0.attn.head_spike,backbone stage 3,2,2,2,8,10,4,2,1.25,0.3125,0.5,1,30,24,' +
        '4,2,0,0,2\n',
    );
    expect(firingRatesCsv(statistics)).toBe(',t0\nbackbone.block3.0.attn.head_spike,0.3125\n');
  });

  test('pixels are hashed as they are', async () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(await hashPixels(new Uint8ClampedArray())).toBe(empty);
  });

  test('the version is that of the package', () => {
    expect(VERSION).toBe(packageJson.version);
  });
});

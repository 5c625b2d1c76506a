import { describe, expect, test } from 'vitest';
import { slowestFirst, timesCsv, timeTable } from '../../demo/firing/times.ts';
import type { OperationProfile } from '../../src/index.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { parseManifest } from '../../src/model/manifest.ts';
import { readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

function operation(name: string, milliseconds: number, operations = 0): OperationProfile {
  const rates = { effective: (2 * operations) / milliseconds / 1e6, dense: 0 };
  return {
    kind: 'spike',
    name,
    milliseconds,
    operations,
    denseMacs: 0,
    ...(milliseconds > 0 && rates),
    bytes: 2048,
    spikes: 3,
  };
}

const profile = [
  operation('a', 1, 1e6),
  operation('b', 0, 1e6),
  operation('c', 3),
  operation('d', 0),
];

describe('times of operations', () => {
  test('are the slowest first, and else in order of execution', () => {
    expect(slowestFirst(profile).map(({ name }) => name)).toEqual(['c', 'a', 'b', 'd']);
  });

  test('are parts of their sum, which has rates of its own', () => {
    const { rows, sums, columns } = timeTable(profile);
    expect(rows).toEqual([
      ['c', 'spike', '3.000', '75.00\u00a0%', '–', '–', '2'],
      ['a', 'spike', '1.000', '25.00\u00a0%', '2.00', '–', '2'],
      ['b', 'spike', '0.000', '0.00\u00a0%', '–', '–', '2'],
      ['d', 'spike', '0.000', '0.00\u00a0%', '–', '–', '2'],
    ]);
    expect(sums).toEqual([['Sum', '4 operations', '4.000', '100.00\u00a0%', '1.00', '–', '8']]);
    expect(columns).toHaveLength(sums?.[0]?.length ?? 0);
  });

  test('are no parts of nothing', () => {
    const { rows, sums } = timeTable([operation('a', 0, 5)]);
    expect(rows[0]?.slice(2)).toEqual(['0.000', '–', '–', '–', '2']);
    expect(sums?.[0]?.slice(2)).toEqual(['0.000', '–', '–', '–', '2']);
  });

  test('are saved in order of execution, with nothing where nothing is known', () => {
    expect(timesCsv(profile.slice(0, 2))).toBe(
      'name,kind,milliseconds,operations,denseMacs,effective,dense,bytes,spikes\n' +
        'a,spike,1,1000000,0,2,0,2048,3\n' +
        'b,spike,0,1000000,0,,,2048,3\n',
    );
  });

  test('are of operations whose names fit into CSV', () => {
    const { config } = parseManifest(readJson(shared('weights', 'portrait', 'manifest.json')));
    const { ops } = buildNetwork(config, { height: 128, width: 128 });
    expect(ops.filter(({ label }) => /[",\n]/.test(label))).toEqual([]);
  });
});

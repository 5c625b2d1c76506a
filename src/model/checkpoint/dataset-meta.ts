import type { PlainValue } from './plain.ts';

/** What a checkpoint says of its classes; undefined where it does not, or not in a usable form. */
export interface DatasetMeta {
  readonly classes: readonly string[] | undefined;
  /** Red, green, blue in 0..255, one for each class. */
  readonly palette: readonly (readonly [number, number, number])[] | undefined;
}

/** Reads class names and colours as MMEngine (`dataset_meta`) or MMCV (`CLASSES`) store them. */
export function datasetMeta(meta: ReadonlyMap<string, PlainValue>): DatasetMeta {
  const inner = meta.get('dataset_meta');
  const fields = inner instanceof Map ? (inner as ReadonlyMap<string, PlainValue>) : meta;
  return {
    classes: allOf(fields.get('classes') ?? fields.get('CLASSES'), asText),
    palette: allOf(fields.get('palette') ?? fields.get('PALETTE'), asColour),
  };
}

function allOf<Item>(
  value: PlainValue | undefined,
  parse: (item: PlainValue) => Item | undefined,
): Item[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const items = value.map(parse).filter((item) => item !== undefined);
  return items.length === value.length ? items : undefined;
}

function asText(value: PlainValue): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function asColour(value: PlainValue): readonly [number, number, number] | undefined {
  const [red, green, blue, ...rest] = allOf(value, asByte) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return undefined;
  return rest.length === 0 ? [red, green, blue] : undefined;
}

function asByte(value: PlainValue): number | undefined {
  const isByte = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 256;
  return isByte ? value : undefined;
}

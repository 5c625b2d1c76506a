import { type ModelConfig, parseConfig } from './config.ts';
import { JsonNode } from './json.ts';
import { type ModelMetrics, parseMetrics } from './metrics.ts';

/** A model's manifest.json: what the network is, what its classes mean, how pictures enter it. */
export interface ModelManifest {
  /** Short, for programs, e.g. `portrait`. */
  readonly name: string;
  /** For people; the name where none is given. */
  readonly title: string;
  /** A sentence, or empty. */
  readonly description: string;
  readonly config: ModelConfig;
  /** In label order, `config.numClasses` of them. */
  readonly classes: readonly ModelClass[];
  readonly preprocessing: Preprocessing;
  readonly metrics: ModelMetrics | undefined;
  readonly weights: WeightsFile;
  readonly licence: Licence | undefined;
  /** What the model was trained on, a line each. */
  readonly sources: readonly string[];
}

export interface ModelClass {
  readonly name: string;
  /** `#rrggbb`, lower case. */
  readonly color: string;
}

interface CommonPreprocessing {
  readonly channels: 'RGB';
  /** Per channel, of values 0..255: the network sees (value - mean) / std. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Pixels, [height, width]: every picture's if stretched, a typical one's if its shape is kept. */
  readonly size: readonly [number, number];
  readonly resize: 'bilinear';
  /** Whether shrinking averages over all the pixels that it merges. */
  readonly antialias: boolean;
}

/** Resized to `size` whatever its shape. */
export interface StretchPreprocessing extends CommonPreprocessing {
  readonly fit: 'stretch';
}

/**
 * Resized by the factor min(long / max(h, w), short / min(h, w)), so that the shape is kept. Then,
 * after normalising, padded with zeros on the right and below to a multiple of `divisor`.
 */
export interface KeepPreprocessing extends CommonPreprocessing {
  readonly fit: 'keep';
  /** Pixels, [long, short]. */
  readonly scale: readonly [number, number];
  readonly divisor: number;
}

export type Preprocessing = StretchPreprocessing | KeepPreprocessing;

export interface WeightsFile {
  /** A plain file name, beside the manifest. */
  readonly file: string;
  readonly dtype: 'f16' | 'bf16' | 'f32';
  /** 64 hexadecimal digits, lower case. */
  readonly sha256: string;
  readonly bytes: number;
  /** Trained numbers, running statistics not counted. */
  readonly parameters: number;
}

export interface Licence {
  readonly weights: string;
  readonly note: string;
}

/** Far above any picture that a network here could take. */
const MAX_PIXELS = 16_384;
const OFFICIAL_SCALE = [2048, 512];

/**
 * Checks a parsed manifest.json and gives it types. Unknown keys are ignored.
 *
 * @throws SpikesegError `manifest-invalid` naming the JSON path, what stands there and what should
 */
export function parseManifest(json: unknown): ModelManifest {
  const root = new JsonNode(json, '');
  root.at('format').oneOf('spike2former');
  root.at('version').oneOf(1);
  const name = root.at('name').or(root.at('task').value).text();
  const config = parseConfig(root.at('config').value);
  const metrics = root.at('metrics');
  const licence = root.at('licence');
  return {
    name,
    title: root.at('title').or(name).text(),
    description: root.at('description').or('').text(/^/),
    config,
    classes: parseClasses(root.at('classes'), config.numClasses),
    preprocessing: parsePreprocessing(root.at('preprocessing')),
    metrics: metrics.missing ? undefined : parseMetrics(metrics),
    weights: parseWeightsFile(root.at('weights')),
    licence: licence.missing ? undefined : parseLicence(licence),
    sources: root
      .at('data')
      .or([])
      .items()
      .map((source) => source.text()),
  };
}

function parseClasses(node: JsonNode, count: number): ModelClass[] {
  const classes = node.items();
  if (classes.length !== count) node.refuse(`a list of ${count}, as config.num_classes says`);
  return classes.map((item) => ({
    name: item.at('name').text(),
    color: item
      .at('color')
      .text(/^#[0-9a-f]{6}$/i, 'a colour like "#4363d8"')
      .toLowerCase(),
  }));
}

function parsePreprocessing(node: JsonNode): Preprocessing {
  const [low, high] = node.at('range').or([0, 255]).pair();
  low.oneOf(0);
  high.oneOf(255);
  const [m0, m1, m2] = node.at('mean').triple();
  const [s0, s1, s2] = node.at('std').triple();
  const [height, width] = node.at('size').pair();
  const common = {
    channels: node.at('channels').oneOf('RGB'),
    mean: [m0.number(), m1.number(), m2.number()],
    std: [s0.positive(), s1.positive(), s2.positive()],
    size: [pixels(height), pixels(width)],
    resize: node.at('resize').oneOf('bilinear'),
    antialias: node.at('antialias').boolean(),
  } as const;
  const fit = node.at('fit').oneOf('stretch', 'keep');
  if (fit === 'stretch') return { ...common, fit };
  const [long, short] = node.at('scale').or(OFFICIAL_SCALE).pair();
  const divisor = pixels(node.at('divisor').or(1));
  return { ...common, fit, scale: [pixels(long), short.integer(1, pixels(long))], divisor };
}

function pixels(node: JsonNode): number {
  return node.integer(1, MAX_PIXELS);
}

function parseWeightsFile(node: JsonNode): WeightsFile {
  const file = node.at('file').text(/^\w[\w.-]*$/, 'a plain file name beside the manifest');
  return {
    file,
    dtype: node.at('dtype').oneOf('f16', 'bf16', 'f32'),
    sha256: node.at('sha256').text(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
    bytes: node.at('bytes').integer(1, Number.MAX_SAFE_INTEGER),
    parameters: node.at('parameters').integer(1, Number.MAX_SAFE_INTEGER),
  };
}

function parseLicence(node: JsonNode): Licence {
  return { weights: node.at('weights').text(), note: node.at('note').or('').text(/^/) };
}

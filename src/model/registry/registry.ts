import { completeClasses } from '../class-colors.ts';
import type { ModelConfig } from '../config.ts';
import type { KeepPreprocessing, ModelClass } from '../manifest.ts';
import { ADE20K } from './ade20k.ts';
import { CITYSCAPES } from './cityscapes.ts';
import { VOC2012 } from './voc2012.ts';

/** What the authors of Spike2Former published, and what its file does not tell by itself. */
export interface PublishedModel {
  readonly name: PublishedName;
  /** For people. */
  readonly title: string;
  /** The authors' file; it is not redistributed here. */
  readonly url: string;
  /** Of that file, as the authors list it. */
  readonly sha256: string;
  /** The network of its released configuration. */
  readonly config: ModelConfig;
  /** Trained numbers of that network. */
  readonly parameters: number;
  /** In label order, one for each output. */
  readonly classes: readonly ModelClass[];
  readonly preprocessing: KeepPreprocessing;
  readonly licence: string;
  /** What people should know before they trust its labels. */
  readonly caution: string;
  readonly citation: string;
}

export const PUBLISHED_NAMES = [
  'ADE20K-SDTv2',
  'ADE20K-V2-L',
  'Cityscapes-SDTv2',
  'VOC2012-1x4',
  'VOC2012-4x4',
] as const;
export type PublishedName = (typeof PUBLISHED_NAMES)[number];

const FILES = 'https://huggingface.co/ZhenXXXXXin/Spike2Former/resolve/main';
const LICENCE = 'no licence file upstream: ask the authors before you use or pass on the weights';
const CITATION =
  'Zhenxin Lei, Man Yao, Jiakui Hu, Xinhao Luo, Yanye Lu, Bo Xu, Guoqi Li: Spike2Former: Efficient ' +
  'Spiking Transformer for High-performance Image Segmentation. AAAI 2025, arXiv:2412.14587';

const CAUTION =
  'the published weights themselves could not be verified here: the network was compared with the ' +
  'original code on random weights of the same shapes';

/** As MMSegmentation normalises and resizes: with OpenCV, which does not average. */
const COMMON = {
  channels: 'RGB',
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
  resize: 'bilinear',
  antialias: false,
  fit: 'keep',
} as const;

/** Short side 512, of the pictures of ADE20K and VOC. */
export const OFFICIAL_PREPROCESSING: KeepPreprocessing = {
  ...COMMON,
  size: [512, 512],
  scale: [2048, 512],
  divisor: 1,
};
const CITYSCAPES_PREPROCESSING: KeepPreprocessing = {
  ...COMMON,
  size: [1024, 2048],
  scale: [2048, 1024],
  divisor: 32,
};

/** The network of ADE20K-SDTv2; the others differ from it in a few numbers. */
export const RELEASED_CONFIG: ModelConfig = {
  embedDim: [64, 128, 256, 360],
  numHeads: 8,
  mlpRatio: 4,
  depth3: 6,
  depth4: 2,
  featChannels: 256,
  numQueries: 100,
  numClasses: 150,
  encLayers: 6,
  decLayers: 6,
  encFfn: 1024,
  decFfn: 2048,
  dcnGroups: 32,
  dcnKernel: 5,
  decHeads: 8,
  levels: 8,
  headAlpha: 4,
};

interface Facts {
  readonly title: string;
  readonly sha256: string;
  readonly config: ModelConfig;
  readonly parameters: number;
  readonly classes: readonly ModelClass[];
  readonly preprocessing: KeepPreprocessing;
}

// VOC has 21 classes; its configuration left all the outputs of ADE20K in place.
const FACTS: Readonly<Record<PublishedName, Facts>> = {
  'ADE20K-SDTv2': {
    title: 'Spike2Former on ADE20K, 150 classes',
    sha256: '6384d6bf4e9c2bfa27d85059ec6740b57cd7c934936c66d7806cc4bf6e8c308c',
    config: RELEASED_CONFIG,
    parameters: 34_361_112,
    classes: ADE20K,
    preprocessing: OFFICIAL_PREPROCESSING,
  },
  'ADE20K-V2-L': {
    title: 'Spike2Former-L on ADE20K, 150 classes',
    sha256: 'b34ca4d822bf1bcf81dc729487cc8c894dc778f819065f592b3f47604e689b17',
    config: { ...RELEASED_CONFIG, numQueries: 200, encFfn: 2048, decLayers: 9 },
    parameters: 42_364_432,
    classes: ADE20K,
    preprocessing: OFFICIAL_PREPROCESSING,
  },
  'Cityscapes-SDTv2': {
    title: 'Spike2Former on Cityscapes, 19 classes',
    sha256: '00a3a97aeaf9d89ba8f558323e8ee3c836ac71e1b8b3a39283566b200093d02f',
    config: { ...RELEASED_CONFIG, numClasses: 19, encFfn: 2048 },
    parameters: 37_491_605,
    classes: CITYSCAPES,
    preprocessing: CITYSCAPES_PREPROCESSING,
  },
  'VOC2012-1x4': {
    title: 'Spike2Former on PASCAL VOC 2012, 1 × 4',
    sha256: '5a2b6837533c9d402d4531054f68c133a295b3be4d5eca66ea74e197b00ab8b7',
    config: RELEASED_CONFIG,
    parameters: 34_361_112,
    classes: VOC2012,
    preprocessing: OFFICIAL_PREPROCESSING,
  },
  'VOC2012-4x4': {
    title: 'Spike2Former on PASCAL VOC 2012, 4 × 4',
    sha256: '4ed41543d82676dd9f7bc63136c86f712580cd486c0826e36d3ef59a67c41268',
    config: RELEASED_CONFIG,
    parameters: 34_361_112,
    classes: VOC2012,
    preprocessing: OFFICIAL_PREPROCESSING,
  },
};

/**
 * The published models, in the order of {@link PUBLISHED_NAMES}.
 * @see https://github.com/BICLab/Spike2Former (released configurations, checkpoint_checksums.sha256)
 */
export const PUBLISHED_MODELS: readonly PublishedModel[] = PUBLISHED_NAMES.map((name) => {
  const { classes, ...facts } = FACTS[name];
  return {
    name,
    ...facts,
    classes: completeClasses(classes, facts.config.numClasses),
    url: `${FILES}/${name}-ckpt-best.pth`,
    licence: LICENCE,
    caution: CAUTION,
    citation: CITATION,
  };
});

/** The published model of that name. */
export function published(name: string): PublishedModel | undefined {
  return PUBLISHED_MODELS.find((model) => model.name === name);
}

import { parseClassList } from './class-list.ts';

/**
 * Background and the 20 classes of PASCAL VOC 2012, in its colours.
 * @see http://host.robots.ox.ac.uk/pascal/VOC/voc2012/
 */
export const VOC2012 = parseClassList(`
  background #000000, aeroplane #800000, bicycle #008000, bird #808000, boat #000080,
  bottle #800080, bus #008080, car #808080, cat #400000, chair #c00000, cow #408000,
  diningtable #c08000, dog #400080, horse #c00080, motorbike #408080, person #c08080,
  pottedplant #004000, sheep #804000, sofa #00c000, train #80c000, tvmonitor #004080
`);

import type { FiringStatistics, LayerFiring } from '../../src/index.ts';

/** How the network fired on one picture: a photo, or one frame of a video. */
export interface FiringResult {
  /** With maps. */
  readonly statistics: FiringStatistics;
  /** The very pixels that were measured. Borrowed until the next result. */
  readonly photo: HTMLCanvasElement;
  /** Parts of the network's input, in (0, 1], that the photo covers from the top left; the rest is padding. */
  readonly content: Extent;
  /** Of the photo, with its ending. */
  readonly fileName: string;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** What is looked at. All pictures share it: to select in one is to select in all. */
export interface FiringSelection {
  /** Index into `statistics.layers`. */
  readonly layer: number;
  /** Of that layer; none until one is picked. */
  readonly channel: number | undefined;
  /** Where in the photo, as parts of its width and height in [0, 1); none until one is picked. */
  readonly place: Place | undefined;
  /** Whether pictures of many layers show that layer, its whole stage, or the whole network. */
  readonly scope: Scope;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export type Scope = 'layer' | 'stage' | 'network';

/** What a picture shows: a result, and what is selected in it. */
export interface FiringView {
  readonly result: FiringResult;
  readonly selection: FiringSelection;
  /** The selected layer. */
  readonly layer: LayerFiring;
  /** The layers that the scope means, in order of execution: at least `layer`. */
  readonly members: readonly LayerFiring[];
}

/** Changes the selection. Another layer takes the channel away, unless one is given with it. */
export type Select = (change: Partial<FiringSelection>) => void;

/**
 * One picture of the firing section. Its constructor takes a {@link Select} to call when the visitor
 * picks something; `FiringPanel.add` puts it on the page.
 */
export interface FiringPicture {
  readonly title: string;
  /** What the page holds, best made by a `Figure`; stays the same element. */
  readonly element: HTMLElement;
  /** Whether it needs `spikeCounts` of the selected layer: they come with results of videos. */
  readonly wantsSpikes?: boolean;
  /**
   * Draws the view. Called at most once a frame, while the element is on the screen, for every new
   * result and selection; it must take less than 4 ms, as results may come at a webcam's rate.
   */
  show(view: FiringView): void;
  /** Takes note of every result, also while the element is out of sight. */
  record?(result: FiringResult): void;
}

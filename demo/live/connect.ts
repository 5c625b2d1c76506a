import type { Segmentation, SegmentOptions } from '../../src/index.ts';
import type { EffectPanel } from '../effects/panel.ts';
import type { Session } from '../session.ts';
import type { Stage } from '../stage.ts';
import { Live } from './live.ts';

/** The parts of the page that live pictures go through. */
export interface LivePage {
  readonly stage: Stage;
  readonly session: Session;
  readonly effects: EffectPanel;
  /** How to segment the next frame. */
  readonly options: () => Omit<SegmentOptions, 'signal'>;
  /** A camera or a video takes the place of the photo. */
  readonly onStart: (title: string) => void;
  /** The frame on the stage has a result, or (undefined) has none yet. */
  readonly onResult: (segmentation: Segmentation | undefined) => void;
  readonly onStop: () => void;
  readonly onError: (error: unknown) => void;
}

/** Shows cameras and videos on the stage, each frame together with its own segments. */
export function connectLive(page: LivePage): Live {
  const { stage, session, effects, options, onStart, onResult, onStop, onError } = page;
  const live = new Live({
    onStart,
    onStop,
    onError,
    async onFrame(bitmap, title, size) {
      const picture = { bitmap, title, fileName: title };
      if (stage.fileName !== title) {
        onResult(undefined);
        stage.setPicture(picture);
      }
      const segmentation = await session.segment(bitmap, { ...options(), ...(size && { size }) });
      if (segmentation === undefined || !live.on) return false;
      stage.setPicture(picture);
      onResult(segmentation);
      return true;
    },
    layers: () =>
      effects.shown
        ? [{ canvas: effects.canvas, opacity: 1 }]
        : [
            { canvas: stage.photo, opacity: 1 },
            { canvas: stage.overlay, opacity: stage.opacity },
          ],
  });
  return live;
}

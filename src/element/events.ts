import type { Progress, Segmentation, SpikesegError } from '../index.ts';

/** Of the element itself: none bubbles, as with images and videos. */
export interface SpikeSegmenterEventMap {
  /** A step of loading the model. */
  readonly progress: CustomEvent<Progress>;
  /** The picture is segmented, and shown so. */
  readonly result: CustomEvent<Segmentation>;
  /** The picture or the model cannot be used; the message is for people. */
  readonly error: CustomEvent<SpikesegError>;
}

/** An element whose listeners know what the events carry. */
interface SegmenterEventTarget extends HTMLElement {
  addEventListener<K extends keyof SpikeSegmenterEventMap>(
    type: K,
    listener: (event: SpikeSegmenterEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof SpikeSegmenterEventMap>(
    type: K,
    listener: (event: SpikeSegmenterEventMap[K]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** `HTMLElement`; where there is none, as on a server, something that classes can extend all the same. */
export const BaseElement = (
  typeof HTMLElement === 'undefined' ? Object : HTMLElement
) as new () => SegmenterEventTarget;

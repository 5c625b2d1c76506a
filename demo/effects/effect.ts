/** What is done to a picture. */
export type Effect =
  | { readonly kind: 'cut-out' }
  /** @param strength - in [0, 1] */
  | { readonly kind: 'blur'; readonly strength: number }
  | { readonly kind: 'color'; readonly color: string }
  | { readonly kind: 'picture'; readonly picture: ImageBitmap | undefined }
  /** @param hue - in degrees */
  | { readonly kind: 'recolor'; readonly label: number; readonly hue: number };

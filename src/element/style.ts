const CSS = `
:host {
  display: grid;
  grid-template: minmax(0, 1fr) / minmax(0, 1fr);
  position: relative;
}
:host([hidden]) {
  display: none;
}
.frame,
.message {
  display: grid;
  grid-area: 1 / 1;
}
.frame {
  background: var(--spike-segmenter-background, transparent);
}
canvas {
  grid-area: 1 / 1;
  inline-size: 100%;
  block-size: 100%;
  min-block-size: 0;
  object-fit: var(--spike-segmenter-fit, contain);
}
.message {
  align-self: end;
  gap: 0.4em;
  padding: 0.6em 0.8em;
  background: var(--spike-segmenter-message-background, rgb(20 18 30 / 85%));
  color: var(--spike-segmenter-message-color, #fff);
  font: 0.9rem/1.4 system-ui, sans-serif;
  overflow-wrap: anywhere;
}
.message.told {
  position: absolute;
  block-size: 1px;
  padding: 0;
  overflow: hidden;
  clip-path: inset(50%);
}
p {
  margin: 0;
}
progress {
  inline-size: 100%;
  accent-color: var(--spike-segmenter-accent, auto);
}
[hidden] {
  display: none !important;
}
`;

let sheet: CSSStyleSheet | undefined;

/** One sheet for all elements. Constructed, so that a page's policy need not allow inline styles. */
export function styleSheet(): CSSStyleSheet {
  if (sheet !== undefined) return sheet;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  return sheet;
}

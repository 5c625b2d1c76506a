/** Colours of the page that canvases paint with. */
export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly card: string;
  readonly accent: string;
}

const dark = matchMedia('(prefers-color-scheme: dark)');
let known: Theme | undefined;
dark.addEventListener('change', () => (known = undefined));

/** The colours as style.css has them now. */
export function theme(): Theme {
  if (known !== undefined) return known;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  known = {
    ink: color('ink'),
    muted: color('muted'),
    line: color('line'),
    card: color('card'),
    accent: color('accent'),
  };
  return known;
}

/** Calls `listener` whenever the page turns dark or light. */
export function onThemeChange(listener: () => void): void {
  dark.addEventListener('change', listener);
}

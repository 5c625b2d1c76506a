import type { ModelClass } from '../manifest.ts';

/** Classes written as `name #rrggbb, name #rrggbb, …`, in label order. */
export function parseClassList(text: string): readonly ModelClass[] {
  return text
    .trim()
    .split(/,\s+/)
    .map((entry) => {
      const space = entry.lastIndexOf(' ');
      return { name: entry.slice(0, space), color: entry.slice(space + 1) };
    });
}

import type { ModelInfo } from '../../src/index.ts';
import { element, make } from '../dom.ts';
import { reportDetails } from './report.ts';

/** Below the model's facts: its licence, what people should know of it, and how its tensors fitted. */
export function describeLoaded(model: ModelInfo | undefined, ownNotices: readonly string[]): void {
  const licence = model?.report && model.licence;
  const notices = [
    ...(licence === undefined ? [] : [`Licence: ${licence}`]),
    ...(model?.notices ?? []),
    ...ownNotices,
  ];
  element('model-notices', HTMLElement).replaceChildren(
    ...notices.map((notice) => make('li', {}, notice)),
  );
  const report = element('model-report', HTMLDetailsElement);
  report.hidden = model?.report === undefined;
  report.open = false;
  element('model-report-text', HTMLElement).replaceChildren(
    ...(model?.report ? reportDetails(model.report) : []),
  );
}

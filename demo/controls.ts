import { element } from './dom.ts';
import type { Legend } from './legend.ts';
import type { Stage } from './stage.ts';

/** Wires the slider and the check boxes that change how the overlay looks. */
export function listenForLook(stage: Stage, legend: Legend): void {
  const opacity = element('opacity', HTMLInputElement);
  const value = element('opacity-value', HTMLElement);
  const onOpacity = () => {
    value.textContent = `${opacity.value}\u00a0%`;
    stage.setOpacity(opacity.valueAsNumber / 100);
  };
  opacity.addEventListener('input', onOpacity);
  onOpacity();

  const names = element('show-names', HTMLInputElement);
  names.addEventListener('change', () => stage.setNames(names.checked));
  stage.setNames(names.checked);

  const patterns = element('show-patterns', HTMLInputElement);
  const onPatterns = () => {
    stage.setLook({ patterns: patterns.checked });
    legend.setPatterns(patterns.checked);
  };
  patterns.addEventListener('change', onPatterns);
  onPatterns();
}

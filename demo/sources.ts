import { element } from './dom.ts';

/** Calls `onFile` with a photo that was chosen, dropped anywhere on the page, or pasted. */
export function listenForFiles(onFile: (file: File) => void): void {
  const input = element('file', HTMLInputElement);
  element('upload', HTMLButtonElement).addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) onFile(file);
    // Else choosing the same file again would change nothing, and nothing would happen.
    input.value = '';
  });
  document.addEventListener('paste', ({ clipboardData }) => {
    const file = clipboardData?.files[0];
    if (file) onFile(file);
  });
  listenForDrops(onFile);
}

function listenForDrops(onFile: (file: File) => void): void {
  const veil = element('veil', HTMLElement);
  document.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    veil.hidden = false;
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) veil.hidden = true;
  });
  document.addEventListener('drop', (event) => {
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    onFile(file);
  });
}

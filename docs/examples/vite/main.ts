import 'spikeseg/element';

const segmenter = document.querySelector('spike-segmenter');
const file = document.querySelector<HTMLInputElement>('#file');
const classes = document.querySelector('#classes');

file?.addEventListener('change', () => {
  const [picture] = file.files ?? [];
  if (segmenter === null || picture === undefined) return;
  segmenter.alt = picture.name;
  segmenter.source = picture;
});

segmenter?.addEventListener('result', ({ detail }) => {
  const rows = detail.classes.map(({ name, share }) => {
    const row = document.createElement('li');
    row.textContent = `${name}: ${(100 * share).toFixed(1)} %`;
    return row;
  });
  classes?.replaceChildren(...rows);
});

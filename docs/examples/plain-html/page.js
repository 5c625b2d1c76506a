const segmenter = document.querySelector('spike-segmenter');
const firing = document.querySelector('#firing');

segmenter.addEventListener('result', ({ detail: { statistics, timings } }) => {
  const { spikes, units } = statistics.totals;
  firing.textContent = `${spikes} spikes of ${units} neurons, in ${Math.round(timings.run)} ms`;
});
segmenter.addEventListener('error', ({ detail: { code } }) => {
  firing.textContent = `Nothing is segmented (${code}).`;
});

document.querySelector('#opacity').addEventListener('input', ({ target }) => {
  segmenter.opacity = target.valueAsNumber;
});
document.querySelector('#other').addEventListener('click', () => {
  segmenter.alt = 'A doctor in a white coat';
  segmenter.src = '../../../demo/public/samples/doctor.jpg';
});

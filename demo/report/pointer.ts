/** The page's only script: a cursor that moves over all charts at once and puts the values of that moment into the legends. */
export const POINTER = `
const data = JSON.parse(document.getElementById('recording').textContent);
const charts = [...document.querySelectorAll('svg.chart')];
const show = fraction => {
  const at = data.from + fraction * (data.to - data.from);
  let nearest = 0;
  data.at.forEach((ms, i) => { if (Math.abs(ms - at) < Math.abs(data.at[nearest] - at)) nearest = i; });
  const x = data.left + fraction * (data.width - data.left - data.right);
  for (const chart of charts) {
    const cursor = chart.querySelector('.cursor');
    cursor.setAttribute('x1', x); cursor.setAttribute('x2', x);
    cursor.style.visibility = 'visible';
  }
  for (const value of document.querySelectorAll('[data-series]')) {
    const number = data.series[value.dataset.series]?.[nearest];
    value.textContent = number === null || number === undefined ? '–' : Math.round(number).toLocaleString('en');
  }
};
const hide = () => {
  for (const cursor of document.querySelectorAll('.cursor')) cursor.style.visibility = 'hidden';
  for (const value of document.querySelectorAll('[data-series]')) value.textContent = '';
};
for (const chart of charts) {
  chart.addEventListener('pointermove', event => {
    const box = chart.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * data.width;
    const fraction = (x - data.left) / (data.width - data.left - data.right);
    if (fraction < 0 || fraction > 1) hide(); else show(fraction);
  });
  chart.addEventListener('pointerleave', hide);
}
`;

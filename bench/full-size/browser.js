// Runs a checkpoint in Chromium and in Node on the same pixels, and compares the labels:
//   node bench/full-size/browser.js CHECKPOINT PHOTO [--size N] [--photo-only]
// --size bounds the longer side of the network's input; --photo-only lets Chromium decode the photo itself
// and compares nothing. Needs `npm run build` before.
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import sharp from 'sharp';
import * as dawn from 'webgpu';
import { HeapMeter } from './heap-meter.js';

const ROOT = join(import.meta.dirname, '../..');
const MIB = 2 ** 20;
const TYPES = new Map([
  ['.js', 'text/javascript'],
  ['.json', 'application/json'],
]);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { size: { type: 'string' }, 'photo-only': { type: 'boolean', default: false } },
});
const [checkpoint, photo] = positionals;
if (checkpoint === undefined || photo === undefined) {
  throw new TypeError('give a checkpoint and a photo');
}
const side = values.size === undefined ? undefined : Number(values.size);
const size = side === undefined ? {} : { size: { width: side, height: side } };

// Dawn's instance must outlive every object made from it.
const gpu = dawn.create([]);

const { data, info } = await sharp(photo).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
const pixels = { width: info.width, height: info.height, data };
console.log(`${photo}: ${info.width} × ${info.height}`);

const inPage = await runInChromium();
print('Chromium', inPage);
console.log(
  `  JS heap of the page while loading: ${megabytes(inPage.heap.peak)} at most, ` +
    `${megabytes(inPage.heap.live)} after its garbage was collected`,
);
if (!values['photo-only']) {
  const inNode = await runInNode();
  print('Node', inNode);
  const equal = inNode.labels.filter((label, i) => label === inPage.labels[i]).length;
  console.log(`${equal} of ${inNode.labels.length} labels equal`);
  const apart = inNode.rates.map((rate, i) => Math.abs(rate - (inPage.rates[i] ?? 0)));
  console.log(
    `mean spikes of a unit: ${apart.length} layers, at most ${Math.max(...apart).toFixed(4)} apart, ` +
      `of ${Math.max(...inNode.rates).toFixed(2)} at most`,
  );
  if (equal < 0.995 * inNode.labels.length) process.exitCode = 1;
}
// Dawn keeps Node alive.
process.exit();

async function runInChromium() {
  /** @type {Buffer[]} */
  const received = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end('<!doctype html><title>full size</title><input type="file">');
    } else if (path === '/pixels') {
      response.end(data);
    } else if (path === '/labels') {
      request.on('data', (piece) => received.push(piece)).on('end', () => response.end());
    } else if (path === '/photo') {
      createReadStream(photo ?? '').pipe(response);
    } else {
      readFile(join(ROOT, path)).then(
        (file) => {
          const type = TYPES.get(extname(path)) ?? 'application/octet-stream';
          response.writeHead(200, { 'Content-Type': type }).end(file);
        },
        () => response.writeHead(404).end(),
      );
    }
  });
  await new Promise((resolve) => server.listen(0, () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no TCP port is free');

  const paths = [process.env['CHROMIUM_PATH'] ?? '', '/usr/bin/chromium'];
  const executablePath = paths.find((path) => existsSync(path));
  const browser = await chromium.launch({
    headless: false,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
    ],
    ...(executablePath === undefined ? {} : { executablePath }),
  });
  const page = await browser.newPage();
  await page.goto(`http://localhost:${address.port}/`);
  await page.locator('input').setInputFiles(checkpoint ?? '');
  const heap = await HeapMeter.open(page);
  await page.exposeFunction('heapLoaded', () => heap.stop());
  const request = { ...size, pixels: { width: info.width, height: info.height } };
  const result = await page.evaluate(
    async ({ library, pixels: { width, height }, photoOnly, ...options }) => {
      /** @type {typeof import('../../src/index.ts')} */
      const { Segmenter } = await import(library);
      const file = document.querySelector('input')?.files?.[0];
      if (file === undefined) throw new TypeError('no checkpoint was given to the page');
      // In this thread, so that its heap is what is measured.
      const model = { checkpoint: file, ...options };
      const segmenter = await Segmenter.create({ model, worker: false });
      const { timings, gpuBytes, adapter } = await segmenter.stats();
      await Reflect.get(window, 'heapLoaded')();
      const source = photoOnly
        ? await (await fetch('/photo')).blob()
        : { width, height, data: new Uint8Array(await (await fetch('/pixels')).arrayBuffer()) };
      const result = await segmenter.segment(source, { statistics: true });
      const { labels, network, timings: run, statistics } = result;
      await segmenter.dispose();
      await fetch('/labels', { method: 'POST', body: labels });
      const rates = statistics?.layers.map(({ countRate }) => countRate) ?? [];
      return { network, run, timings, gpuBytes, adapter, rates };
    },
    { ...request, library: '/dist/index.js', photoOnly: values['photo-only'] },
  );
  await browser.close();
  server.close();
  return { ...result, heap, labels: new Uint8Array(Buffer.concat(received)) };
}

async function runInNode() {
  Object.assign(globalThis, dawn.globals);
  const library = pathToFileURL(join(ROOT, 'dist/index.js')).href;
  /** @type {typeof import('../../src/index.ts')} */
  const { Segmenter } = await import(library);
  const model = { checkpoint: pathToFileURL(checkpoint ?? ''), ...size };
  const segmenter = await Segmenter.create({ model, worker: false, gpu });
  const { timings, gpuBytes, adapter } = await segmenter.stats();
  const result = await segmenter.segment(pixels, { statistics: true });
  const { labels, network, timings: run, statistics } = result;
  const rates = statistics?.layers.map(({ countRate }) => countRate) ?? [];
  return { labels, network, run, timings, gpuBytes, adapter, rates };
}

/**
 * @param {string} where
 * @param {Awaited<ReturnType<typeof runInNode>>} result
 */
function print(where, { labels, network, run, timings, gpuBytes, adapter }) {
  const seconds = (/** @type {number} */ time) => `${(time / 1000).toFixed(1)} s`;
  console.log(
    `${where}, ${adapter}: network at ${network.width} × ${network.height}, ` +
      `read ${seconds(timings.download)}, upload ${seconds(timings.upload)}, ` +
      `compile ${seconds(timings.compile)}, warm-up ${seconds(timings.warmUp)}, ` +
      `picture ${seconds(run.total)}, GPU ${megabytes(gpuBytes)}, ` +
      `${new Set(labels).size} classes seen`,
  );
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

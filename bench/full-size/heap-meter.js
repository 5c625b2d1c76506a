const INTERVAL_MS = 25;
const MIB = 2 ** 20;
/** Garbage is collected beyond this growth, to tell what is still held. */
const COLLECT_BYTES = 48 * MIB;

/** The growth of the JavaScript heap of a page, array buffers included, as the devtools count it. */
export class HeapMeter {
  #devtools;
  #baseline = 0;
  #running = true;
  /** @type {Promise<void>} */
  #done;
  /** Bytes at most, garbage included. */
  peak = 0;
  /** Bytes at most that were still held. */
  live = 0;

  /** @param {import('@playwright/test').CDPSession} devtools */
  constructor(devtools) {
    this.#devtools = devtools;
    this.#done = this.#watch();
  }

  /** @param {import('@playwright/test').Page} page */
  static async open(page) {
    return new HeapMeter(await page.context().newCDPSession(page));
  }

  async stop() {
    this.#running = false;
    await this.#done;
  }

  async #watch() {
    await this.#devtools.send('HeapProfiler.collectGarbage');
    this.#baseline = await this.#used();
    while (this.#running) {
      let growth = (await this.#used()) - this.#baseline;
      this.peak = Math.max(this.peak, growth);
      if (growth > COLLECT_BYTES) {
        await this.#devtools.send('HeapProfiler.collectGarbage');
        growth = (await this.#used()) - this.#baseline;
      }
      this.live = Math.max(this.live, growth);
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  }

  async #used() {
    const { usedSize, backingStorageSize } = await this.#devtools.send('Runtime.getHeapUsage');
    return usedSize + backingStorageSize;
  }
}

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { defineConfig } from '@playwright/test';

// The workers read this file again, and must find the server that the first reading started.
const port = (process.env['DEMO_PORT'] ??= String(await freePort()));
const vite = (command: string) => `npx vite ${command} --config demo/vite.config.ts`;

/** Playwright's own Chromium stands in where neither of these is there. */
const chromium = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
);
const QUIET = [
  '--headless=new',
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Frames of a video reach WebGPU only where the whole of Chromium draws with the same driver. */
const FAKE_CAMERA = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--use-angle=vulkan',
  '--use-vulkan=swiftshader',
  '--enable-features=Vulkan',
  '--ignore-gpu-blocklist',
];
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

const LIVE = ['live.spec.ts', 'frames.spec.ts'];

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  forbidOnly: true,
  workers: 1,
  // A software GPU takes its time.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: { baseURL: `http://localhost:${port}/` },
  webServer: {
    command: `${vite('build')} && ${vite('preview')} --port ${port} --strictPort`,
    url: `http://localhost:${port}/`,
    timeout: 120_000,
  },
  projects: [
    {
      name: 'webgpu',
      testIgnore: ['unsupported.spec.ts', ...LIVE],
      use: launch(SOFTWARE_GPU),
    },
    { name: 'live', testMatch: LIVE, use: launch([...SOFTWARE_GPU, ...FAKE_CAMERA]) },
    { name: 'no-webgpu', testMatch: 'unsupported.spec.ts', use: launch([]) },
  ],
});

function launch(args: readonly string[]) {
  return {
    // The old headless mode, which Playwright would ask for, has no WebGPU.
    headless: false,
    launchOptions: {
      args: [...QUIET, ...args],
      ...(chromium === undefined ? {} : { executablePath: chromium }),
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new TypeError('no TCP port is free');
  return address.port;
}

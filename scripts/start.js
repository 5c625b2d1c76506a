// Serves the demo, after installing what it needs. This file runs on a bare clone.
import { installPackages } from './packages.js';

installPackages();
const { createServer } = await import('vite');
const server = await createServer({ configFile: 'demo/vite.config.ts' });
await server.listen();
server.printUrls();

// Serves the demo, after installing what it needs. This file runs on a bare clone.
import { installPackages } from './packages.js';

if (!installPackages()) process.exit(1);

const { createServer } = await import('vite');
const server = await createServer({ configFile: 'demo/vite.config.ts' });
await server.listen();
server.printUrls();

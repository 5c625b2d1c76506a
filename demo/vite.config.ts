import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const REPOSITORY = join(import.meta.dirname, '..');
/** What of weights/ goes into the built page. */
const SHIPPED = /^(README\.md|[\w-]+\/(manifest\.json|[\w.-]+\.safetensors))$/;

/** Gives the page the models of weights/ under the address that they have beside it. */
function weights(): Plugin {
  return {
    name: 'weights',
    configureServer({ middlewares }) {
      middlewares.use((request, _response, next) => {
        if (request.url?.startsWith('/weights/')) request.url = `/@fs${REPOSITORY}${request.url}`;
        next();
      });
    },
    async generateBundle(_options, bundle) {
      const folder = join(REPOSITORY, 'weights');
      const files = await readdir(folder, { recursive: true });
      for (const file of files.filter((name) => SHIPPED.test(name))) {
        const fileName = `weights/${file}`;
        if (fileName in bundle) continue;
        const source = await readFile(join(folder, file));
        this.emitFile({ type: 'asset', fileName, source });
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // A missing file shall be a 404, not the page once more.
  appType: 'mpa',
  plugins: [weights()],
  worker: { format: 'es' },
  server: { fs: { allow: [REPOSITORY] } },
  build: {
    outDir: join(REPOSITORY, 'dist-demo'),
    emptyOutDir: true,
    target: 'es2022',
    // Inlined files would be data: addresses, which the page's security policy refuses for scripts.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // The library names its bundled model too; under the address above it is the same file.
        assetFileNames: ({ originalFileNames: [file] }) =>
          file?.startsWith('../weights/') === true
            ? file.slice(3)
            : 'assets/[name]-[hash][extname]',
      },
    },
  },
});

import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Imports point one way; a room may import itself and what stands to its right. */
const ROOMS = ['node', 'worker', 'engine', 'kernels', 'model', 'gpu'];
const zones = ROOMS.map((room, i) => ({
  target: `./src/${room}`,
  from: [
    ...ROOMS.slice(0, i).map((above) => `./src/${above}`),
    './src/reference',
    './src/element',
    './src/index.ts',
  ],
}));
// The command line and the page are two faces of the engine; neither imports the other.
zones.push({ target: './src/model', from: ['./src/gpu'] });
zones.push({ target: './src/reference', from: ROOMS.map((room) => `./src/${room}`) });
zones.push({ target: './demo', from: './src', except: ['./index.ts'] });
zones.push({ target: './src/element', from: './src', except: ['./index.ts', './element'] });

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'dist-demo', 'weights', 'training', 'docs/examples/vite'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts'] })] },
    rules: {
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);

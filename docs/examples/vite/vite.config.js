export default {
  // Wherever the built page is put, it finds its own files.
  base: './',
  // The library's worker is a module, and loads parts of it on demand.
  worker: { format: 'es' },
  // Before a build Vite would move the library's modules away from their worker and model.
  optimizeDeps: { exclude: ['spikeseg'] },
};

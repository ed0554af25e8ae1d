export { runImport } from './run.ts';
export { openLegacySource } from './source.ts';

export { importLegacyCommand } from './command.ts';
export { runImport } from './run.ts';
export { openLegacySource } from './source.ts';

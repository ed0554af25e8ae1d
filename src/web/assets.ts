import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file that the pages link to. Its path changes with its text: it may be cached for ever. */
export interface Asset {
  path: string;
  text: string;
}

/** The one stylesheet of all pages; media type text/css. */
export const stylesheet: Asset = readAsset('style.css', (hash) => `/assets/telemy-${hash}.css`);

/** The mark beside the name, and in the browser's tab; media type image/svg+xml. */
export const icon: Asset = readAsset('icon.svg', (hash) => `/assets/icon-${hash}.svg`);

function readAsset(file: string, toPath: (hash: string) => string): Asset {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8');
  return { path: toPath(createHash('sha256').update(text).digest('hex').slice(0, 10)), text };
}

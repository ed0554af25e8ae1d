import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import chromium, { inflate } from '@sparticuz/chromium';
import type { BrowserProgram } from './find-browser.ts';

/**
 * Unpacks the Chromium for Linux that npm installs into the temporary folder, with the libraries and the fonts that a
 * bare system lacks.
 */
export async function unpackBrowser(): Promise<BrowserProgram> {
  const packed = fileURLToPath(new URL('../bin/', import.meta.resolve('@sparticuz/chromium')));
  const [path, libraries] = await Promise.all([chromium.executablePath(), inflate(join(packed, 'al2023.tar.br'))]);
  const { LD_LIBRARY_PATH, FONTCONFIG_PATH = join(tmpdir(), 'fonts') } = process.env;
  return {
    path,
    // It is built without what these would need; its further arguments are for machines that are less than this.
    args: ['--no-zygote', '--no-sandbox'],
    env: {
      LD_LIBRARY_PATH: [LD_LIBRARY_PATH, join(libraries, 'lib')].filter(Boolean).join(delimiter),
      FONTCONFIG_PATH,
    },
  };
}

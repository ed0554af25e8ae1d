import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContractDocument, readContractText } from '../../http/contract-document.ts';
import type { AssetName, DocsAssets } from './assets.ts';
import { GUIDES, type Guide } from './guides.ts';
import { guidePage, referencePage } from './pages.ts';
import { referenceDocument } from './reference-document.ts';
import { remember } from './remember.ts';
import { renderGuide } from './render-guide.ts';
import { createResource, type Resource } from './resource.ts';

/** The documentation's pages, each made when it is first asked for. */
export interface Content {
  reference(): Promise<Resource>;
  /** The contract with samples, as the reference reads it. */
  contract(): Promise<Resource>;
  /** @param name one of `GUIDES`. */
  guide(name: string): Promise<Resource>;
}

/** @param origin of the server, for the samples. */
export function createContent({ assets, origin }: { assets: DocsAssets; origin: string }): Content {
  const document = JSON.parse(readContractText()) as ContractDocument;
  const pathsOf = (names: AssetName[]) => Promise.all(names.map((name) => assets.pathOf(name)));
  const guides = new Map(GUIDES.map((guide) => [guide.name, remember(() => makeGuide(guide))]));

  async function makeGuide(guide: Guide): Promise<Resource> {
    const [text, styles] = await Promise.all([
      readFile(join(import.meta.dirname, 'guides', `${guide.name}.md`), 'utf8'),
      pathsOf(['docs.css']),
    ]);
    return fixed('html', guidePage({ guide, content: renderGuide(text, { document, origin }), styles }));
  }

  return {
    reference: remember(async () => {
      const [styles, scripts] = await Promise.all([
        pathsOf(['docs.css', 'swagger-ui.css', 'reference.css']),
        pathsOf(['swagger-ui.js', 'reference.js']),
      ]);
      return fixed('html', referencePage({ contractPath: '/docs/openapi.json', styles, scripts }));
    }),
    contract: remember(() => fixed('json', JSON.stringify(referenceDocument(document, origin)))),
    guide(name) {
      const make = guides.get(name);
      if (!make) throw new Error(`There is no guide ${name}.`);
      return make();
    },
  };
}

function fixed(type: string, text: string): Promise<Resource> {
  const bytes = Buffer.from(text);
  return createResource(type, async () => bytes);
}

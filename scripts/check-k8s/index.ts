import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { FILE_NAMES } from '../../src/config.ts';
import { schema } from '../../src/config-schema.ts';
import { agreementFaults } from './agreement.ts';
import { environmentFaults } from './environment.ts';
import { type Kustomization, kustomizationFaults, readKustomizations } from './kustomizations.ts';
import { type Placed, parseManifests, readFiles } from './manifest.ts';
import { podFaults } from './pod-rules.ts';
import { schemaFaults } from './schemas.ts';

/** What is wrong with the manifests in a folder and with each other. */
export function checkK8s(folder: string): string[] {
  const files = readFiles(folder);
  const kustomizations = readKustomizations(files);
  const manifests = [...files]
    .filter(([name]) => !name.endsWith('kustomization.yaml'))
    .flatMap(([name, text]) => parseManifests(name, text));
  return [
    ...kustomizationFaults(files, kustomizations),
    ...manifestFaults(manifests),
    ...overlayFaults(folder, kustomizations),
  ];
}

/** What is wrong with manifests that belong together, such as those that kustomize has put together. */
export function manifestFaults(manifests: readonly Placed[]): string[] {
  const broken = manifests.flatMap(schemaFaults);
  // What breaks its schema would only be misread.
  return broken.length > 0 ? broken : [...agreementFaults(manifests), ...podFaults(manifests)];
}

function overlayFaults(folder: string, kustomizations: ReadonlyMap<string, Kustomization>): string[] {
  const known = { variables: Object.keys(schema.shape), secrets: FILE_NAMES };
  const read = (path: string) => parseEnv(readFileSync(join(folder, path), 'utf8'));
  return [...kustomizations]
    .filter(([path]) => path.startsWith('overlays/'))
    .flatMap(([path, { secretGenerator = [] }]) => {
      const environment = { ...read('base/telemy.env'), ...read(`${path}/telemy.env`) };
      const secret = secretGenerator.find(({ name }) => name === 'telemy-secrets');
      return environmentFaults(known, environment, secret?.files ?? []).map((fault) => `${path} ${fault}`);
    });
}

/**
 * Checks the manifests of docker/k8s: against the schemas of Kubernetes and CloudNativePG, against each other, and against
 * the configuration. Run by `npm run check`; says nothing if all is well.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { checkK8s, manifestFaults } from './check-k8s/index.ts';
import { parseManifests } from './check-k8s/manifest.ts';

const { root, render } = new Command('check-k8s')
  .description('Checks docker/k8s against the schemas of Kubernetes, our rules and the configuration.')
  .option('--root <folder>', 'the folder to look at', resolve(import.meta.dirname, '../docker/k8s'))
  .option(
    '--render <overlay>',
    'check what `kubectl kustomize` makes of an overlay instead, such as `production`; it needs the secrets that docker/make-secrets.sh --kubernetes makes',
  )
  .addHelpText('after', '\nEnds with 1 when something is wrong. It needs no cluster and, without --render, no kubectl.')
  .parse()
  .opts<{ root: string; render?: string }>();

/** @throws Error, with kubectl's own words on standard error, where it isn't there or refuses. */
function rendered(overlay: string): string {
  const folder = resolve(root, 'overlays', overlay);
  const text = execFileSync('kubectl', ['kustomize', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Long base64 comes in several lines, which Kubernetes takes and the schema doesn't.
  return text.replaceAll(
    /^( +)(\w+): \|\n((?:\1 {2}[A-Za-z0-9+/=]+\n)+)/gm,
    (_, indent, key, lines: string) => `${indent}${key}: ${lines.replaceAll(/\s/g, '')}\n`,
  );
}

try {
  const faults =
    render === undefined ? checkK8s(resolve(root)) : manifestFaults(parseManifests(render, rendered(render)));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else if (render !== undefined) console.log(`Nothing is wrong with what kubectl makes of ${render}.`);
} catch (error) {
  console.error(`The manifests cannot be checked: ${(error as Error).message}`);
  process.exitCode = 1;
}

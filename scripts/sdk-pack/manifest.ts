import { DEPENDENCIES, ENTRIES, LIB, OPTIONAL_PEERS, PACKAGE_NAME } from './entries.ts';

/** What is needed of the repository's package.json. */
export interface RootManifest {
  version: string;
  license: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/**
 * The package.json of the SDK. Versions are those that the repository is tested with: exactly for what comes with the
 * SDK, and from there up to the next major one for what users install themselves.
 *
 * @throws Error if the repository doesn't have a package that the SDK needs.
 */
export function makeManifest(root: RootManifest): object {
  const installed = { ...root.dependencies, ...root.devDependencies };
  const versionOf = (name: string): string => {
    const version = installed[name];
    if (version === undefined) throw new Error(`The SDK needs ${name}, which package.json doesn't have.`);
    return version;
  };
  return {
    name: PACKAGE_NAME,
    version: root.version,
    description: 'Telemy in OBS docks, Stream Deck plugins, bots and tools: sign in, relays, telemetry, scenes',
    license: root.license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20' },
    exports: {
      ...Object.fromEntries(ENTRIES.map(({ subpath, name }) => [subpath, conditionsOf(name)])),
      './package.json': './package.json',
    },
    files: [LIB],
    dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, versionOf(name)])),
    peerDependencies: Object.fromEntries(OPTIONAL_PEERS.map((name) => [name, `^${versionOf(name)}`])),
    peerDependenciesMeta: Object.fromEntries(OPTIONAL_PEERS.map((name) => [name, { optional: true }])),
  };
}

/** Types come first: whoever reads the map takes the first condition that holds. */
function conditionsOf(name: string): object {
  const path = `./${LIB}/${name}`;
  return {
    import: { types: `${path}.d.ts`, default: `${path}.js` },
    require: { types: `${path}.d.cts`, default: `${path}.cjs` },
  };
}

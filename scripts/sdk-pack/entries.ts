/** A way into the package. */
export interface Entry {
  /** As in the exports of package.json. */
  subpath: string;
  /** Of the files that are built from it. */
  name: string;
  /** From the root of the repository. */
  source: string;
  /** Whether it may use what only Node has; all others must run in a browser. */
  isForNode?: boolean;
}

/** Every way into the package. */
export const ENTRIES: readonly Entry[] = [
  { subpath: '.', name: 'index', source: 'src/sdk/index.ts' },
  { subpath: './relay', name: 'relay', source: 'src/sdk/relay/index.ts' },
  { subpath: './telemetry', name: 'telemetry', source: 'src/sdk/telemetry/index.ts' },
  { subpath: './scene', name: 'scene', source: 'src/sdk/scene/index.ts' },
  { subpath: './node', name: 'node', source: 'src/sdk/node/index.ts', isForNode: true },
];

/** Those that run in a browser. */
export const WEB_ENTRIES = ENTRIES.filter(({ isForNode }) => !isForNode);

export const PACKAGE_NAME = '@telemy/control-plane-sdk';

/** Folder of the built files inside the package. */
export const LIB = 'lib';

/** Installed with the package. */
export const DEPENDENCIES = ['xstate'] as const;

/** Small enough to be built into the package. */
export const BUNDLED = ['uuid'] as const;

/** Installed by those who use what needs them. */
export const OPTIONAL_PEERS = ['@napi-rs/keyring', 'maxmind', 'obs-websocket-js'] as const;

/** The oldest syntax that has to be understood: Chromium 103, which OBS 29 embeds, knows ES2022. */
export const TARGET = 'es2022';

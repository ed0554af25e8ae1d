import type { Boot } from './boot.ts';
import type { Config } from './config.ts';
import { say } from './start-faults.ts';

/** Where the service can be reached, and its stand-ins where there are some. */
export interface Places {
  /** Undefined without the API. */
  url: string | undefined;
  adminUrl: string;
  /** Told where there are several. */
  processes?: string | undefined;
  seller?: { url: string } | undefined;
  identity?: { url: string } | undefined;
}

/** Tells the person at the screen what is there, and what to try. */
export function sayWhereThingsAre(places: Places, { embeddedAt, config }: Pick<Boot, 'embeddedAt' | 'config'>): void {
  const { url, adminUrl, processes, seller, identity } = places;
  const hasSwitches = config.environment !== 'production' && processes === undefined;
  const lines = [
    '',
    'Telemy control plane is up.',
    ...(url ? [`  API          ${url}/api/v1   (contract: ${url}/openapi.json)`] : []),
    `  Admin        ${adminUrl}   (/metrics, /readyz${hasSwitches ? ', /dev/clock, /dev/faults' : ''})`,
    ...(processes ? [`  Processes    ${processes}`] : []),
    `  Database     ${embeddedAt ? `embedded PostgreSQL in ${embeddedAt}` : 'DATABASE_URL'}`,
    `  Data folder  ${config.dataDir}`,
    `  Relays       ${config.relay.provider}, regions ${config.relay.supportedRegions.join(', ')}`,
    `  Sign-in      ${identity ? `a development provider at ${identity.url}: everyone is the demo user` : nameProvider(config)}`,
    `  Seller       ${seller ? `a stand-in at ${seller.url}; nothing is charged` : nameSeller(config)}`,
  ];
  const hints = [
    '',
    'Try:',
    `  curl -s ${url}/api/v1/auth/plugin/login/start -H 'Content-Type: application/json' \\`,
    `    -d '{"client":{"platform":"windows","plugin_version":"0.0.5","device_name":"STREAM-PC"}}'`,
    `  open ${url}/account (your devices, plan and Time Bank, in a browser)`,
    '  npm run demo            (in another terminal: signs in, starts a relay, streams, stops)',
    ...(seller ? ['  npm run demo -- billing (buys a plan at the stand-in, uses it, cancels it)'] : []),
    '',
  ];
  say([...lines, ...(url ? hints : [''])].join('\n'));
}

function nameProvider({ oidc }: Config): string {
  return oidc ? oidc.issuer : 'none: only operators can complete logins';
}

function nameSeller({ billing: { seller, mode } }: Config): string {
  return seller ? `LemonSqueezy at ${seller.baseUrl}, ${mode} mode` : 'none: nothing can be bought';
}

import type { Config } from './config.ts';
import type { Variables } from './config-schema.ts';

export function toOidc(values: Variables): Config['oidc'] {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId } = values;
  if (issuer === undefined || clientId === undefined) return undefined;
  return {
    issuer,
    clientId,
    clientSecret: values.OIDC_CLIENT_SECRET,
    scopes: values.OIDC_SCOPES,
    emailTrusted: values.OIDC_TRUSTED_EMAIL === 'true',
    providerName: values.OIDC_PROVIDER_NAME ?? new URL(issuer).hostname,
  };
}

/** What is wrong with the variables of the browser sign-in when they are taken together. */
export function oidcFaults(values: Partial<Variables>, given: (name: string) => boolean): string[] {
  const faults: string[] = [];
  const { OIDC_ISSUER: issuer } = values;
  const isProduction = values.NODE_ENV === 'production';
  if (issuer !== undefined && !given('OIDC_CLIENT_ID')) faults.push('OIDC_CLIENT_ID is required with OIDC_ISSUER');
  if (issuer !== undefined && isPlain(issuer) && (isProduction || !isLoopback(issuer))) {
    faults.push(`OIDC_ISSUER must be an https URL${isProduction ? '' : ', or one on this machine'}`);
  }
  // The provider that stands in for one lets everybody in.
  if (isProduction && !given('OIDC_ISSUER')) faults.push('OIDC_ISSUER is required in production: people sign in there');
  // The provider sends browsers back to it, and its cookies belong to it.
  if (isProduction && !given('PUBLIC_BASE_URL')) faults.push('PUBLIC_BASE_URL is required in production');
  // Browsers keep the cookies of the pages only then.
  const { PUBLIC_BASE_URL: base } = values;
  if (isProduction && base !== undefined && isPlain(base)) faults.push('PUBLIC_BASE_URL must be https in production');
  return faults;
}

/** Whether a URL is read and written by whoever is on the way. */
export function isPlain(url: string): boolean {
  return new URL(url).protocol === 'http:';
}

/** Whether a URL leads to this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

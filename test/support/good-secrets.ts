/** Secrets that every environment accepts; the configuration needs nothing else. */
export const SECRETS = {
  JWT_SECRET: 'jwt-secret-0123456789-abcdefghijkl',
  REFRESH_TOKEN_SECRET: 'refresh-secret-0123456789-abcdefgh',
  RELAY_SHARED_KEY: 'relay-key-0123456789-abcdefghijklm',
  PLUGIN_LOGIN_COMPLETE_KEY: 'login-key-0123456789-abcdefghijklm',
};

/** What production needs beside its secrets. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_BASE_URL: 'https://api.example.com',
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'telemy',
};

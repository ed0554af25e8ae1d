import { type App, type AppOptions, startApp } from './app.ts';
import { createMovableClock } from './clock.ts';
import { migrateDatabase } from './database/migrate.ts';
import { type DevelopmentIdentity, startDevelopmentIdentity } from './development-identity.ts';
import { type DevelopmentSeller, startDevelopmentSeller } from './development-seller.ts';
import { API_ROOT } from './http/contract-document.ts';

export interface ServiceOptions extends AppOptions {
  directUrl: string;
  /** Where the stand-ins listen; default: where they like to. */
  ports?: { seller: number; identity: number } | undefined;
}

/** The application, and the stand-ins that development has beside the whole of it. */
export interface Service {
  app: App;
  /** Undefined where there is a real one, outside of development, and for a part of the service alone. */
  seller: DevelopmentSeller | undefined;
  identity: DevelopmentIdentity | undefined;
  /** Ends all of it, the application first. */
  stop(): Promise<void>;
}

/**
 * Starts the application; if it is the whole of it, API and worker, brings the schema up to date before, and in development
 * starts the stand-ins.
 *
 * @throws what `startApp` and `migrateDatabase` throw; nothing is left running then.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, roles, directUrl, clock = createMovableClock(), ports } = options;
  let app: App | undefined;
  let seller: DevelopmentSeller | undefined;
  let identity: DevelopmentIdentity | undefined;
  const stop = async (): Promise<void> => {
    await app?.stop();
    await seller?.close();
    await identity?.close();
  };
  try {
    if (roles.length > 1) {
      await migrateDatabase(directUrl);
      // Parts that run apart would have to be told where it is.
      const webhookUrl = () => app?.url && `${app.url}${API_ROOT}/billing/webhook`;
      seller = await startDevelopmentSeller(config, clock, webhookUrl, ports?.seller);
      identity = await startDevelopmentIdentity(config, () => config.publicBaseUrl ?? app?.url, ports?.identity);
    }
    const { billing } = seller ?? config;
    const { oidc } = identity ?? config;
    app = await startApp({ ...options, config: { ...config, billing, oidc }, clock });
    return { app, seller, identity, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

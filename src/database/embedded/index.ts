import { existsSync } from 'node:fs';
import { prepareBinaries } from './binaries.ts';
import { checkVersion, createCluster, readPassword, removeLeftovers } from './cluster.ts';
import { databaseUrl, ensureDatabase } from './connection.ts';
import { withLock } from './lock.ts';
import { choosePlace } from './place.ts';
import { register, unregister } from './registrations.ts';
import { findRunning, startServer, stopServer } from './server.ts';

export interface EmbeddedOptions {
  /**
   * The project's data folder, an absolute path. The cluster lives in its subfolder `postgres` or, for root, below
   * /var/lib if the user that runs PostgreSQL can't reach it.
   */
  dataDir: string;
  /** PostgreSQL settings, such as `fsync: 'off'` for tests. They count only if this call starts the server. */
  settings?: Record<string, string>;
  /** Hears one-line notes for the person at the screen. */
  onMessage?: (text: string) => void;
}

export interface EmbeddedDatabase {
  /** postgres://telemy:PASSWORD@127.0.0.1:PORT/telemy, the superuser's. */
  url: string;
  /** False if the server was running already. */
  started: boolean;
  /** The folder of the cluster. */
  location: string;
  /**
   * Ends this use, once, however often it is called. The last living user of the cluster stops the server, which cuts
   * connections: close yours before. Throws an Error with the last lines of the log if the server does not stop.
   */
  release(): Promise<void>;
}

/**
 * Opens the embedded PostgreSQL of a data folder: finds the one running, or starts it, or makes it first. The server is
 * a daemon that several processes may share and that outlives a killed one. Throws an Error that says what to do if
 * there is no PostgreSQL for this machine, no place for its data, or if it does not start; also if another process has
 * been opening or closing it for more than 60 s.
 */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const say = options.onMessage ?? (() => undefined);
  const place = await choosePlace(options.dataDir, say);
  const binaries = once(() => prepareBinaries(place.account, say));

  const { registration, password, ...opened } = await withLock(place.lockFile, async () => {
    let password = await readPassword(place);
    let port = password === undefined ? undefined : await findRunning(place, password);
    const started = port === undefined;
    if (password === undefined || port === undefined) {
      for (const note of place.notes) say(note);
      await removeLeftovers(place);
      if (password === undefined) {
        say(`First use: making a PostgreSQL database in ${place.home}.`);
        password = await createCluster(place, await binaries());
      }
      await checkVersion(place, await binaries());
      port = await startServer(place, await binaries(), password, options.settings ?? {});
    }
    try {
      await ensureDatabase(port, password);
      return { url: databaseUrl(port, password), started, password, registration: await register(place.users) };
    } catch (error) {
      // Nobody would stop it later.
      if (started) await stopServer(place, await binaries(), password);
      throw error;
    }
  });

  const release = once(async () => {
    // The folder was deleted: the server notices that by itself.
    if (!existsSync(place.home)) return;
    await withLock(place.lockFile, async () => {
      const others = await unregister(registration);
      if (others === 0) await stopServer(place, await binaries(), password);
    });
  });
  return { ...opened, location: place.cluster, release };
}

/** A function that does its work at the first call and gives every call the same result. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

import { ConfigError } from '../../src/config.ts';
import { onEndSignal } from '../../src/end-signal.ts';
import { type Service, startService } from '../../src/service.ts';
import { type DemoUser, makeDemoUser } from './demo-user.ts';
import { createLastingServer } from './lasting-server.ts';
import { sayWhatThereIs } from './stateful-text.ts';
import { makeThrowAway, type ThrowAway } from './throw-away.ts';

export interface StatefulOptions {
  host: string;
  /** Of the API; 0 takes a free one. */
  port: number;
  /** Of the admin address, on loopback; 0 takes a free one. */
  adminPort: number;
}

/** The service as it is between two resets. */
interface Life {
  service: Service;
  demo: DemoUser;
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/**
 * Runs the real service over a database of its own, which is removed at the end, until a signal comes.
 *
 * @returns the code to end with.
 */
export async function runStateful(options: StatefulOptions): Promise<number> {
  // Listened for from the beginning: the database must be removed even if the start is broken off.
  const asked = Promise.withResolvers<void>();
  onEndSignal(() => asked.resolve());
  if (process.env.DATABASE_URL) say('DATABASE_URL is left alone: the mock has a database of its own.');
  let place: ThrowAway | undefined;
  try {
    place = await makeThrowAway(process.env, say);
    await live(place, options, asked.promise);
    return 0;
  } catch (error) {
    say(`The mock ended: ${explain(error, options)}`);
    return 1;
  } finally {
    await place?.remove();
  }
}

/** One life after the other, until `asked`. */
async function live(place: ThrowAway, { host, port, adminPort }: StatefulOptions, asked: Promise<void>): Promise<void> {
  const { databaseUrl } = place;
  const admin = createLastingServer();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  // The switches can be reached a little before the first life is complete.
  const born = Promise.withResolvers<void>();
  let life: Life | undefined;
  let resetting: Promise<object> | undefined;

  const begin = async (before?: Service): Promise<Life> => {
    const config = {
      ...place.config,
      listen: { host, port: before ? portOf(before.app.url) : port },
      adminListen: { host: '127.0.0.1', port: adminPort },
    };
    const service = await startService({
      config,
      roles: ['api', 'worker'],
      databaseUrl,
      directUrl: databaseUrl,
      ports: before && { seller: portOf(before.seller?.url), identity: portOf(before.identity?.url) },
      openAdmin: admin.open,
      reset: () => {
        resetting ??= startOver().finally(() => {
          resetting = undefined;
        });
        return resetting;
      },
    });
    return { service, demo: await makeDemoUser(service.app, config) };
  };

  /** Nothing of the process is kept but its addresses, so limits, waiting polls and caches cannot disagree with the database. */
  const startOver = async (): Promise<object> => {
    await born.promise;
    try {
      const { service } = life as Life;
      life = undefined;
      await service.stop();
      await place.empty();
      life = await begin(service);
      return { now: life.service.app.clock.now().toISOString(), ...life.demo };
    } catch (error) {
      failed.reject(error);
      throw error;
    }
  };

  try {
    life = await begin();
    born.resolve();
    await resetting;
    sayWhatThereIs(life.service, life.demo, place.config.dataDir);
    await Promise.race([asked, failed.promise]);
    await resetting;
  } finally {
    await life?.service.stop();
    await admin.close();
  }
}

function portOf(url: string | undefined): number {
  return url === undefined ? 0 : Number(new URL(url).port);
}

function explain(error: unknown, { port, adminPort }: StatefulOptions): string {
  const { code, port: taken, stack } = error as NodeJS.ErrnoException & { port?: number };
  if (error instanceof ConfigError) return error.message;
  if (code !== 'EADDRINUSE') return stack ?? String(error);
  const option = taken === adminPort && taken !== port ? '--admin-port' : '--port';
  return `port ${taken} is taken. Choose another one with ${option}, 0 for any.`;
}

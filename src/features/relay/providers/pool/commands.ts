import { isIP } from 'node:net';
import { Argument, Command } from 'commander';
import { isUniqueViolation } from '../../../../database/errors.ts';
import { addOperatorCommand, asOperator, type Operator, OperatorError } from '../../../../operator.ts';
import { probe } from './health.ts';
import type { HostState, PoolHost } from './host.ts';
import { findHostByName, insertHost, listHosts, recordCheck, setHostState } from './host-store.ts';
import { removeHost } from './place-store.ts';
import { createSlsClient } from './sls-client.ts';

/** Ports by their options, with those that hosts usually have. */
const PORTS = { srtPort: 5000, playerPort: 4000, statsPort: 5080, slsPort: 8090 } as const;
const MOST_SESSIONS = 10_000;

type AddOptions = Partial<Record<'ip' | 'maxSessions' | keyof typeof PORTS, string>>;

/** `pool add|list|cordon|uncordon|drain|remove` */
export function poolCommand(): Command {
  const pool = new Command('pool').description('The always-on hosts that relays of the provider `pool` come from.');
  const name = () => new Argument('<host>', 'name of the host');

  addOperatorCommand(pool, 'add', 'a host; it gets sessions once it has answered')
    .argument('<region>', 'region that it is in')
    .argument('<host>', 'name for it, such as its DNS name')
    .option('--ip <address>', 'its public address')
    .option('--max-sessions <count>', 'most sessions at once')
    .option('--srt-port <port>', 'where phones send to', String(PORTS.srtPort))
    .option('--player-port <port>', 'where OBS fetches the stream', String(PORTS.playerPort))
    .option('--stats-port <port>', 'statistics of the links', String(PORTS.statsPort))
    .option('--sls-port <port>', "the SRT server's API", String(PORTS.slsPort))
    .action(
      asOperator(async (operator, region: string, host: string, options: AddOptions) => {
        const added = readHost(operator, region, host, options);
        await insertHost(operator.database, added).catch((error: unknown) => {
          throw explain(error, added);
        });
        const problem = await checkOnce(operator, added);
        operator.printOne({ ...toLine(await find(operator, host)), problem });
      }),
    );

  addOperatorCommand(pool, 'list', 'every host, with its places and its health').action(
    asOperator(async (operator) => {
      const hosts = await listHosts(operator.database);
      operator.print(
        hosts.map(toLine),
        'There are no hosts yet. Add one: npm run pool -- add REGION HOST --ip A --max-sessions N',
      );
    }),
  );

  const changes: [command: string, state: HostState, description: string][] = [
    ['cordon', 'cordoned', 'give a host no new sessions for now; those that it has go on'],
    ['uncordon', 'open', 'give a host new sessions again'],
    ['drain', 'draining', 'give a host no new sessions until it is empty; shows how many it still has'],
  ];
  for (const [command, state, description] of changes) {
    addOperatorCommand(pool, command, description)
      .addArgument(name())
      .action(
        asOperator(async (operator, host: string) => {
          const changed = await setHostState(operator.database, host, state, operator.clock.now());
          if (!changed) throw noSuchHost(host);
          operator.printOne(toLine(changed));
        }),
      );
  }

  addOperatorCommand(pool, 'remove', 'forget a host that has no session left')
    .addArgument(name())
    .option('--lost', 'its machine is gone for good: the sessions that it has end')
    .action(
      asOperator(async (operator, text: string, { lost = false }: { lost?: boolean }) => {
        const { id, host } = await find(operator, text);
        const now = operator.clock.now();
        const sessions = await removeHost(operator.database, id, { evenIfTaken: lost, now });
        if (sessions > 0 && !lost) throw stillInUse(host, sessions);
        operator.printOne({ host, removed: true, ended_sessions: sessions });
      }),
    );

  return pool;
}

/** @throws OperatorError that lists every fault. */
function readHost({ config, random, clock }: Operator, region: string, host: string, options: AddOptions): PoolHost {
  const faults: string[] = [];
  const { supportedRegions } = config.relay;
  const number = (option: string, text: string | undefined, most: number): number => {
    const value = Number(text);
    const isGood = /^\d+$/.test(text ?? '') && value >= 1 && value <= most;
    if (!isGood) faults.push(`${option} must be a whole number from 1 to ${most}.`);
    return value;
  };
  if (!supportedRegions.includes(region)) {
    faults.push(`${region} is no region of ours. SUPPORTED_REGIONS has ${supportedRegions.join(', ')}.`);
  }
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(host)) {
    faults.push('The name of a host is made of letters, digits, dots and dashes.');
  }
  if (isIP(options.ip ?? '') === 0) faults.push('--ip must be an IPv4 or IPv6 address.');
  const maxSessions = number('--max-sessions', options.maxSessions, MOST_SESSIONS);
  const port = (name: keyof typeof PORTS) => number(`--${name.replace('Port', '-port')}`, options[name], 65_535);
  const address = {
    publicIp: options.ip ?? '',
    srtPort: port('srtPort'),
    playerPort: port('playerPort'),
    statsPort: port('statsPort'),
    slsPort: port('slsPort'),
  };
  if (faults.length > 0) throw new OperatorError(faults.join('\n'));
  const common = { sessions: 0, state: 'open', health: 'unknown', checkedAt: null, createdAt: clock.now() } as const;
  return { id: random.id('pho'), region, host, address, maxSessions, ...common };
}

function explain(error: unknown, { host, address }: PoolHost): unknown {
  if (isUniqueViolation(error, 'pool_hosts_host_key')) {
    return new OperatorError(`There is a host ${host} already. See: npm run pool -- list`);
  }
  if (isUniqueViolation(error, 'pool_hosts_address_key')) {
    const { publicIp, slsPort } = address;
    return new OperatorError(`Another host has ${publicIp} and port ${slsPort} already. See: npm run pool -- list`);
  }
  return error;
}

/**
 * The first check, so that the operator sees at once whether the host is of use; the worker makes the others.
 *
 * @returns what is wrong.
 */
async function checkOnce({ config, database, clock }: Operator, { id, address }: PoolHost): Promise<string | null> {
  if (!config.pool) return 'not checked: there is no POOL_API_KEY here';
  const failure = await probe(createSlsClient(config.pool), address);
  if (failure) return failure.message;
  await recordCheck(database, id, true, clock.now());
  return null;
}

async function find({ database }: Operator, host: string): Promise<PoolHost> {
  const found = await findHostByName(database, host);
  if (!found) throw noSuchHost(host);
  return found;
}

function noSuchHost(host: string): OperatorError {
  return new OperatorError(`There is no host ${host}. See: npm run pool -- list`);
}

function stillInUse(host: string, sessions: number): OperatorError {
  const are = sessions === 1 ? 'is a session' : `are ${sessions} sessions`;
  return new OperatorError(
    `There ${are} at ${host}. Let it run empty: npm run pool -- drain ${host}\n` +
      `If its machine is gone for good: npm run pool -- remove ${host} --lost`,
  );
}

function toLine({ region, host, address, sessions, maxSessions, state, health, checkedAt }: PoolHost) {
  return {
    region,
    host,
    ip: address.publicIp,
    used: sessions,
    max: maxSessions,
    state,
    health,
    last_check: checkedAt,
  };
}

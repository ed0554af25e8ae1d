import { randomBytes } from 'node:crypto';
import ora from 'ora';
import { isSigned } from '../../src/features/billing/index.ts';
import { deriveRelayKey, verifyRelayKey } from '../../src/features/relay/relay-key.ts';
import { isSameSecret } from '../../src/secrets.ts';
import { signWebhook } from '../../test/support/lemonsqueezy/index.ts';
import { machine, printFigures } from './report.ts';
import { quantile, type Sample, type Timed, timeInTurn, welchT } from './secrets/timing.ts';

export interface SecretsBenchOptions {
  rounds: number;
  json?: boolean;
}

/** A comparison that the service makes with what a stranger sends. */
interface Comparison {
  name: string;
  right: string;
  isRight(given: string): boolean;
}

/** The usual threshold of such tests: reached by chance once in 100,000 (Reparaz, Balasch, Verbauwhede, 2017). */
const THRESHOLD = 4.5;
/** The service's are named for the headers that bring them. */
const CONTROL = 'control: a loop that stops at the first difference';

/**
 * Times the comparisons of secrets with values that are wrong at their first byte, at their last one, and in their
 * length, and says whether the times of the first two differ. A careless comparison shows that a difference is seen.
 */
export function benchSecrets({ rounds, json = false }: SecretsBenchOptions): void {
  const spinner = ora({ text: 'Timing', isSilent: json }).start();
  const figures = comparisons().flatMap((comparison) => {
    spinner.text = comparison.name;
    spinner.render();
    return toRows(comparison.name, timeInTurn(wrongOnes(comparison), rounds));
  });
  spinner.succeed(`${rounds} readings of each`);
  printFigures({ figures, machine: machine(), json });
}

function comparisons(): Comparison[] {
  const [shared, login, webhook, control] = [secret(), secret(), secret(), secret()] as const;
  const sessionId = 'ses_019aa1c30000710092a3b4c5d6e7f809';
  const bytes = randomBytes(1024);
  return [
    { name: 'X-Relay-Auth, shared key', right: shared, isRight: (key) => verifyRelayKey([shared], key, sessionId) },
    {
      name: "X-Relay-Auth, a relay's own key",
      right: deriveRelayKey(shared, sessionId),
      isRight: (key) => verifyRelayKey([shared], key, sessionId),
    },
    {
      name: 'X-Signature of a webhook',
      right: signWebhook(bytes, webhook),
      isRight: (signature) => isSigned([webhook], bytes, signature),
    },
    { name: 'X-Plugin-Login-Auth', right: login, isRight: (key) => isSameSecret(key, login) },
    { name: CONTROL, right: control, isRight: (key) => isSameCarelessly(key, control) },
  ];
}

const secret = () => randomBytes(32).toString('base64url');

function isSameCarelessly(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  for (let place = 0; place < a.length; place += 1) if (a.charCodeAt(place) !== b.charCodeAt(place)) return false;
  return true;
}

function wrongOnes({ right, isRight }: Comparison): [Timed, Timed, Timed] {
  const change = (place: number) => flat(right.slice(0, place) + other(right.at(place)) + right.slice(place + 1));
  const [first, last, short] = [change(0), change(right.length - 1), flat(right.slice(0, -1))];
  return [
    { name: 'at the first byte', call: () => isRight(first) },
    { name: 'at the last byte', call: () => isRight(last) },
    { name: 'one byte short', call: () => isRight(short) },
  ];
}

/** A hexadecimal digit that it isn't, which is good anywhere. */
const other = (character: string | undefined) => (character === '0' ? '1' : '0');

/** Made of one piece, as what comes over the wire is. */
const flat = (text: string) => Buffer.from(text).toString();

function toRows(secret: string, samples: Sample[]) {
  const [first, last] = samples as [Sample, Sample];
  return samples.map(({ name, times }) => {
    const t = welchT(times, first.times);
    return {
      secret,
      wrong: name,
      'median ns': Math.round(quantile(times, 0.5)),
      'middle half': `${Math.round(quantile(times, 0.25))}..${Math.round(quantile(times, 0.75))}`,
      "Welch's t": name === first.name ? '' : t.toFixed(1),
      verdict: name === first.name ? '' : verdictOf(t, name === last.name),
    };
  });
}

/**
 * How long a value of another length takes is its sender's own affair: the time goes by what was sent, and a signature has 64
 * digits, as everybody knows.
 */
function verdictOf(t: number, isOfPlace: boolean): string {
  if (Math.abs(t) < THRESHOLD) return 'no difference seen';
  return isOfPlace ? 'tells where it is wrong' : 'tells that the form is wrong';
}

import { z } from 'zod';
import { PROVISION_STEPS } from '../../session.ts';

/**
 * The faults that the stand-ins can be told to have. They count for every stand-in of the host, at once, until cleared.
 *
 * | name | value | effect |
 * |---|---|---|
 * | slow_launch_ms | 0..600000 | every step of a launch takes at least this long |
 * | hold_step | a provision step | launches that reach this step stay there |
 * | hold_provision_answer | boolean | an instance is made, but the answer to the request is withheld (a lost response) |
 * | no_capacity | boolean or list of regions | no new instance, everywhere or in these regions |
 * | fail_provision | boolean | each provision request fails with 500 and makes nothing |
 * | reject_provision | boolean | each new provision request is refused for good (422) |
 * | dead_link | 0..2 | this link carries nothing any more and goes stale; when cleared it joins anew |
 * | silent_relay | boolean | a relay that is ready posts no health, and its `/stats` hangs up |
 * | clock_skew_seconds | -31536000..31536000 | added to `observed_at` |
 * | ingest | auto, on or off | overrides the host's option: when the scripted stream is on |
 * | ingest_loss | boolean | no ingest and no bytes, whatever else says that there are some |
 */
const FAULTS = {
  slow_launch_ms: z.int().min(0).max(600_000),
  hold_step: z.enum(PROVISION_STEPS),
  hold_provision_answer: z.boolean(),
  no_capacity: z.union([z.boolean(), z.array(z.string().min(1).max(64)).max(100)], {
    error: 'must be a boolean or a list of regions',
  }),
  fail_provision: z.boolean(),
  reject_provision: z.boolean(),
  dead_link: z.literal([0, 1, 2]),
  silent_relay: z.boolean(),
  clock_skew_seconds: z.number().min(-31_536_000).max(31_536_000),
  ingest: z.enum(['auto', 'on', 'off']),
  ingest_loss: z.boolean(),
};

const relayFaults = z.strictObject(FAULTS).partial();

/** Faults in effect; an absent one isn't. */
export type RelayFaults = z.infer<typeof relayFaults>;

/** A change of faults: named ones are set, null clears one, the others stay. */
export type RelayFaultsChange = { [Name in keyof RelayFaults]?: RelayFaults[Name] | null };

/** One thing that is wrong with a document: where and what. */
export interface InputFault {
  path: string;
  message: string;
}

/** The document isn't a change of faults; `errors` has everything that is wrong with it. */
export class InvalidFaultsError extends Error {
  override name = 'InvalidFaultsError';
  readonly errors: InputFault[];

  constructor(errors: InputFault[]) {
    super(`invalid faults: ${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
    this.errors = errors;
  }
}

/**
 * `input` as a change of faults.
 *
 * @throws InvalidFaultsError when a name or a value isn't known.
 */
export function parseFaultsChange(input: unknown): RelayFaultsChange {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidFaultsError([{ path: '/', message: 'must be an object' }]);
  }
  const named = Object.entries(input).filter(([, value]) => value !== null && value !== undefined);
  const cleared = Object.entries(input).filter(([, value]) => value === null);
  const parsed = relayFaults.safeParse(Object.fromEntries(named));
  const errors = parsed.success ? [] : listInputFaults(parsed.error);
  for (const [name] of cleared) {
    if (!Object.hasOwn(FAULTS, name)) errors.push({ path: `/${name}`, message: 'is not known' });
  }
  if (!parsed.success || errors.length > 0) throw new InvalidFaultsError(errors);
  return { ...parsed.data, ...Object.fromEntries(cleared) };
}

/** Everything that zod found wrong, one entry per field. */
export function listInputFaults(error: z.ZodError): InputFault[] {
  return error.issues.flatMap((issue) => {
    const path = `/${issue.path.map(String).join('/')}`;
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({ path: `${path === '/' ? '' : path}/${key}`, message: 'is not known' }));
  });
}

import type { Cloud } from '../cloud.ts';
import type { Parameters } from '../http/parameters.ts';
import type { XmlValue } from '../http/xml.ts';
import type { Region } from '../state.ts';

/** What an action works on. */
export interface Call {
  cloud: Cloud;
  region: Region;
  parameters: Parameters;
}

/**
 * Carries out one action and answers the elements of its answer.
 *
 * @throws AwsError for what EC2 would refuse.
 */
export type Action = (call: Call) => { [element: string]: XmlValue } | Promise<{ [element: string]: XmlValue }>;

/** The whole answer of actions that have nothing to tell. */
export const DONE = { return: true };

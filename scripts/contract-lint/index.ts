import { deprecations } from './deprecation-rules.ts';
import type { Node } from './document.ts';
import { errorCodes, errorExamples, retryAfter } from './error-rules.ts';
import { exampleHeaders } from './example-header-rules.ts';
import { examplesPresent, examplesValid } from './example-rules.ts';
import {
  commonStatuses,
  errorsByReference,
  openapiVersion,
  operationExtensions,
  operationId,
  operationSecurity,
  operationTag,
  rateLimit,
} from './operation-rules.ts';
import { references, usedComponents } from './reference-rules.ts';
import { requestLimits } from './request-rules.ts';
import {
  conditions,
  descriptions,
  nullStyle,
  openEnums,
  plainRequestBodies,
  propertyNames,
  requestIdHeader,
  requestResponseApart,
} from './schema-rules.ts';
import { descriptionTexts, enumValues, moments, units } from './text-rules.ts';

/** One thing that breaks a rule, and where, as a JSON pointer. */
export interface Fault {
  pointer: string;
  message: string;
}

export interface LintOptions {
  /** Names of the feature folders. */
  features: readonly string[];
}

type Rule = (document: Node, options: LintOptions) => Fault[];

/** The rules that the contract keeps, by their names. */
export const RULES = {
  'openapi-version': openapiVersion,
  'operation-id': operationId,
  'operation-tag': operationTag,
  'operation-security': operationSecurity,
  'errors-by-reference': errorsByReference,
  'common-statuses': commonStatuses,
  'rate-limit': rateLimit,
  'operation-extensions': operationExtensions,
  deprecations,
  'request-id-header': requestIdHeader,
  descriptions,
  'description-texts': descriptionTexts,
  units,
  moments,
  'enum-values': enumValues,
  'error-codes': errorCodes,
  'error-examples': errorExamples,
  'retry-after': retryAfter,
  'request-limits': requestLimits,
  'examples-present': examplesPresent,
  'examples-valid': examplesValid,
  'example-headers': exampleHeaders,
  'plain-request-bodies': plainRequestBodies,
  conditions,
  'null-style': nullStyle,
  'open-enums': openEnums,
  'request-response-apart': requestResponseApart,
  'property-names': propertyNames,
  references,
  'used-components': usedComponents,
} satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

/** Everything in the contract that breaks one of the rules. */
export function lintContract(document: Node, options: LintOptions): (Fault & { rule: RuleName })[] {
  return Object.entries(RULES).flatMap(([rule, check]) =>
    check(document, options).map((fault) => ({ ...fault, rule: rule as RuleName })),
  );
}

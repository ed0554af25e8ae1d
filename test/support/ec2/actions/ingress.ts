import { AwsError } from '../aws-error.ts';
import { listOf, required } from '../http/parameters.ts';
import { newId } from '../ids.ts';
import { findGroup } from '../regions.ts';
import type { SecurityGroup } from '../state.ts';
import { type Action, DONE } from './action.ts';
import { isSameRule, readRules, showRules } from './rules.ts';

/** All rules of a call or none. */
export const authorizeIngress: Action = ({ region, parameters }) => {
  const group = findGroup(region, required(parameters, 'GroupId'));
  const added = readRules(parameters).map((rule) => ({ ...rule, ruleId: newId('sgr') }));
  const twice = added.find((rule) => group.rules.some((known) => isSameRule(known, rule)));
  if (twice) {
    throw new AwsError(
      'InvalidPermission.Duplicate',
      `the specified rule "peer: ${twice.cidr}, ${twice.protocol}, from port: ${twice.fromPort}, ` +
        `to port: ${twice.toPort}, ALLOW" already exists`,
    );
  }
  if (group.rules.length + added.length > region.quotas.rulesPerGroup) {
    throw new AwsError(
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    );
  }
  group.rules.push(...added);
  return { ...DONE, securityGroupRuleSet: showRules(group.groupId, added) };
};

/** All rules of a call or none, told by what they allow or by their ids. As in a VPC that isn't the default one. */
export const revokeIngress: Action = ({ region, parameters }) => {
  const group = findGroup(region, required(parameters, 'GroupId'));
  const revoked = new Set([
    ...readRules(parameters).map((rule) => group.rules.find((known) => isSameRule(known, rule)) ?? notThere(group)),
    ...listOf(parameters, 'SecurityGroupRuleId').map(
      (ruleId) => group.rules.find((known) => known.ruleId === ruleId) ?? noSuchId(ruleId),
    ),
  ]);
  group.rules = group.rules.filter((rule) => !revoked.has(rule));
  return { ...DONE, revokedSecurityGroupRuleSet: showRules(group.groupId, [...revoked]) };
};

function notThere(group: SecurityGroup): never {
  throw new AwsError(
    'InvalidPermission.NotFound',
    `The specified rule does not exist in this security group. (${group.groupId})`,
  );
}

function noSuchId(ruleId: string): never {
  throw new AwsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${ruleId}' does not exist`);
}

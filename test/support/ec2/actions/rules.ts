import ipaddr from 'ipaddr.js';
import { AwsError } from '../aws-error.ts';
import { type Parameters, required, structuresOf } from '../http/parameters.ts';
import type { XmlValue } from '../http/xml.ts';
import type { Rule } from '../state.ts';

const PROTOCOLS: Record<string, string> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6' };

type NewRule = Omit<Rule, 'ruleId'>;

/**
 * The single rules that the `IpPermissions` of a call come to: one for each range of addresses.
 *
 * @throws AwsError for a range that is none, or for sources that aren't ranges: those are not known here.
 */
export function readRules(parameters: Parameters): NewRule[] {
  return structuresOf(parameters, 'IpPermissions').flatMap((permission) => {
    const protocol = required(permission, 'IpProtocol');
    const common = {
      protocol: PROTOCOLS[protocol] ?? protocol,
      fromPort: Number(permission.get('FromPort') ?? -1),
      toPort: Number(permission.get('ToPort') ?? -1),
    };
    if (structuresOf(permission, 'Groups').length > 0 || structuresOf(permission, 'PrefixListIds').length > 0) {
      throw new AwsError('UnsupportedOperation', 'The stand-in knows only ranges of addresses as sources.');
    }
    const toRule = (family: Rule['family'], range: Parameters, name: string): NewRule => ({
      ...common,
      ...readCidr(required(range, name), family),
      description: range.get('Description'),
    });
    return [
      ...structuresOf(permission, 'IpRanges').map((range) => toRule('ipv4', range, 'CidrIp')),
      ...structuresOf(permission, 'Ipv6Ranges').map((range) => toRule('ipv6', range, 'CidrIpv6')),
    ];
  });
}

/** In canonical form: the first address of the range, as short as it can be written. */
function readCidr(cidr: string, family: Rule['family']): Pick<Rule, 'cidr' | 'family'> {
  const kind = family === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  if (!kind.isValidCIDR(cidr)) throw new AwsError('InvalidParameterValue', `CIDR block ${cidr} is malformed`);
  const [, bits] = kind.parseCIDR(cidr);
  return { family, cidr: `${kind.networkAddressFromCIDR(cidr)}/${bits}` };
}

/** Whether two rules let the same through, whatever they are called. */
export function isSameRule(a: NewRule, b: NewRule): boolean {
  return a.protocol === b.protocol && a.fromPort === b.fromPort && a.toPort === b.toPort && a.cidr === b.cidr;
}

/** Whether a rule lets packets for this port from this address through. */
export function letsThrough(rule: Rule, packet: { port: number; protocol: string; sourceIp: string }): boolean {
  const source = ipaddr.process(packet.sourceIp);
  if (source.kind() !== rule.family || !source.match(ipaddr.parseCIDR(rule.cidr))) return false;
  if (rule.protocol === '-1') return true;
  return rule.protocol === packet.protocol && rule.fromPort <= packet.port && packet.port <= rule.toPort;
}

/** Rules as permissions: those of one protocol and one range of ports together. */
export function showPermissions(rules: Rule[]): XmlValue {
  const groups = Object.groupBy(rules, ({ protocol, fromPort, toPort }) => `${protocol} ${fromPort} ${toPort}`);
  return Object.values(groups).map((group = []) => {
    const ranges = (family: Rule['family'], name: string) =>
      group.filter((rule) => rule.family === family).map(({ cidr, description }) => ({ [name]: cidr, description }));
    return {
      ipProtocol: group[0]?.protocol,
      ...(group[0]?.protocol !== '-1' && { fromPort: group[0]?.fromPort, toPort: group[0]?.toPort }),
      groups: [],
      ipRanges: ranges('ipv4', 'cidrIp'),
      ipv6Ranges: ranges('ipv6', 'cidrIpv6'),
      prefixListIds: [],
    };
  });
}

/** Rules one by one. */
export function showRules(groupId: string, rules: Rule[]): XmlValue {
  return rules.map((rule) => ({
    securityGroupRuleId: rule.ruleId,
    groupId,
    isEgress: false,
    ipProtocol: rule.protocol,
    fromPort: rule.fromPort,
    toPort: rule.toPort,
    [rule.family === 'ipv4' ? 'cidrIpv4' : 'cidrIpv6']: rule.cidr,
    description: rule.description,
  }));
}

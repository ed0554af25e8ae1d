/** A step of a plan as PostgreSQL explains it in JSON, with those that it takes its rows from. */
export interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: Plan[];
}

/** What is done, and where. */
export function toStep(node: Plan): string {
  return [node['Node Type'], node['Relation Name'], node['Index Name']].filter(Boolean).join(' ');
}

/** An index that answers by itself, without a look at the table, is called so. */
export function toIndex(node: Plan): string[] {
  const name = node['Index Name'];
  if (name === undefined) return [];
  return [node['Node Type'] === 'Index Only Scan' ? `${name} (alone)` : name];
}

/** A plan with all that is below it, from the top down. */
export function flatten(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(flatten)];
}

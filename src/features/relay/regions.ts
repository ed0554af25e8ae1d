/** The regions that relays can be asked for. */
export interface Regions {
  supported: readonly string[];
  default: string;
  /** Other names, in lower case. */
  aliases: ReadonlyMap<string, string>;
}

/** The region that a preference means; null for one that isn't supported. Empty, `auto` and absent mean the default. */
export function resolveRegion(regions: Regions, preference: string | undefined): string | null {
  const wanted = (preference ?? '').trim().toLowerCase();
  if (wanted === '' || wanted === 'auto') return regions.default;
  const region = regions.aliases.get(wanted) ?? wanted;
  return regions.supported.includes(region) ? region : null;
}

/** Every name that is understood, for error messages. */
export function regionNames(regions: Regions): string[] {
  return ['auto', ...regions.supported, ...regions.aliases.keys()];
}

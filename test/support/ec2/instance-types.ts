/** vCPUs by type. */
export const USUAL_TYPES: Record<string, number> = {
  't3.micro': 2,
  't3.small': 2,
  't3.medium': 2,
  't3.large': 2,
  't4g.micro': 2,
  't4g.small': 2,
  't4g.medium': 2,
  'c6i.large': 2,
  'c6i.xlarge': 4,
  'c7i.large': 2,
  'c7i.xlarge': 4,
  'c7g.medium': 1,
  'c7g.large': 2,
  'c7g.xlarge': 4,
  'm7i.large': 2,
};

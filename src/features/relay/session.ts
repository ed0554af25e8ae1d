/** How far a launch has come, in order. */
export const PROVISION_STEPS = [
  'launching_instance',
  'waiting_for_instance',
  'starting_docker',
  'starting_containers',
  'creating_stream',
  'ready',
] as const;

export type ProvisionStep = (typeof PROVISION_STEPS)[number];

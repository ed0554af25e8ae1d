export { InvalidFaultsError, parseFaultsChange, type RelayFaults, type RelayFaultsChange } from './faults.ts';
export { stopRelayHost } from './host-process.ts';
export {
  createLocalProvider,
  type FaultControl,
  type LocalProvider,
  type LocalProviderOptions,
} from './local-provider.ts';
export { type RelayHost, type RelayHostOptions, type RelayHostSettings, startRelayHost } from './relay-host.ts';

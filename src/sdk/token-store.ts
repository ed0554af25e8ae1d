/** The tokens of a signed-in device. */
export interface DeviceTokens {
  accessToken: string;
  refreshToken: string;
}

/** Keeps a device's tokens. Both methods may be asynchronous. */
export interface TokenStore {
  /** Null: nobody is signed in. */
  load(): DeviceTokens | null | Promise<DeviceTokens | null>;
  /** Null forgets them. */
  save(tokens: DeviceTokens | null): void | Promise<void>;
}

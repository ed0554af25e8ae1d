/** A connection to obs-websocket 5, such as one of the library obs-websocket-js. */
export interface ObsClient {
  /** Sends a request; rejects when OBS refuses it or the connection is gone. */
  call(requestType: string, requestData?: Record<string, unknown>): Promise<unknown>;
  /** Hears an event of OBS, or `ConnectionClosed`. */
  on(event: string, listener: (data: unknown) => void): unknown;
  off(event: string, listener: (data: unknown) => void): unknown;
}

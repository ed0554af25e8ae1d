import type { FaultStore } from './fault-store.ts';
import { createLinkFeed, type LinkFeed } from './link-feed.ts';

/** When the scripted stream is on: some time after `ready`, from `ready` on, or only once a datagram came. */
export type IngestMode = 'auto' | 'on' | 'off';

/** The stream that comes into one stand-in. */
export interface Ingest {
  /** The sender that is on now. */
  feed(): LinkFeed | undefined;
  /** The relay is ready: from now on a stream can come in. */
  start(): void;
  /** Someone really sends: from now on there is a stream, whatever the mode. */
  onDatagram(): void;
  stop(): void;
}

/** Follows mode, faults and datagrams; calls `onChange` when the stream comes on or ends, except within `start`. */
export function createIngest(options: {
  seed: string;
  streamId: string;
  faults: FaultStore;
  mode: IngestMode;
  /** With `auto`: ms from `start` until the stream comes on. */
  delayMs: number;
  onChange: () => void;
}): Ingest {
  const { faults } = options;
  let started = false;
  let delayOver = false;
  let datagramSeen = false;
  let timer: NodeJS.Timeout | undefined;
  let feed: LinkFeed | undefined;
  const unsubscribe = faults.subscribe(follow);

  function isOn(): boolean {
    if (!started || faults.get().ingest_loss === true) return false;
    const mode = faults.get().ingest ?? options.mode;
    return datagramSeen || mode === 'on' || (mode === 'auto' && delayOver);
  }

  /** Brings the feed in line with what decides about it; true when it came on or ended. */
  function update(): boolean {
    const nowMs = performance.now();
    const before = feed;
    feed = isOn() ? (feed ?? createLinkFeed(options.seed, options.streamId, nowMs)) : undefined;
    feed?.setDeadLink(faults.get().dead_link, nowMs);
    return before !== feed;
  }

  function follow(): void {
    if (update()) options.onChange();
  }

  return {
    feed: () => feed,
    start() {
      started = true;
      timer = setTimeout(() => {
        delayOver = true;
        follow();
      }, options.delayMs);
      update();
    },
    onDatagram() {
      if (datagramSeen) return;
      datagramSeen = true;
      follow();
    },
    stop() {
      unsubscribe();
      clearTimeout(timer);
      started = false;
      feed = undefined;
    },
  };
}

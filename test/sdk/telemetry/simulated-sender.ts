/** One link of a simulated sender. */
interface Life {
  link: number;
  port: number;
  joinedMs: number;
  bytesBefore: number;
}

/** A sender over several links, of which each carries another rate in each second, leaves at times and rejoins. */
export interface SimulatedSender {
  /** What the receiver answers at this moment; times must not fall. */
  answerAt(ms: number): string;
  /** Bytes that the link has carried until now, over all its lives; -1: all links together. */
  carried(link: number): number;
}

const STEP_MS = 20;

/**
 * @param leaves whether links leave for 4 to 15 s about every five minutes.
 * @param random from 0 up to 1.
 */
export function createSimulatedSender(random: () => number, leaves: boolean): SimulatedSender {
  const means = [3500, 2000, 1000];
  const carried = means.map(() => 0);
  const rates = [...means];
  const lives: (Life | undefined)[] = means.map((_, link) => ({
    link,
    port: 20_000 + link,
    joinedMs: 0,
    bytesBefore: 0,
  }));
  const backMs = means.map(() => 0);
  let ports = 30_000;
  let nowMs = 0;

  /** Every second the rates change, and links may go or come back. */
  function turn(): void {
    for (const [link, mean] of means.entries()) {
      rates[link] = mean * (0.6 + 0.8 * random());
      if (lives[link] && leaves && random() < 1 / 300) {
        lives[link] = undefined;
        backMs[link] = nowMs + 4000 + 11_000 * random();
      } else if (!lives[link] && nowMs >= (backMs[link] ?? 0)) {
        ports += 1;
        lives[link] = { link, port: ports, joinedMs: nowMs, bytesBefore: carried[link] ?? 0 };
      }
    }
  }

  return {
    carried: (link) => (link < 0 ? carried.reduce((sum, bytes) => sum + bytes, 0) : (carried[link] ?? 0)),
    answerAt(ms) {
      while (nowMs + STEP_MS <= ms) {
        if (nowMs % 1000 === 0) turn();
        for (const link of means.keys()) {
          if (lives[link]) carried[link] = (carried[link] ?? 0) + ((rates[link] ?? 0) / 8) * STEP_MS;
        }
        nowMs += STEP_MS;
      }
      const connections = lives
        .filter((life) => life !== undefined)
        .map(({ link, port, joinedMs, bytesBefore }) => ({
          addr: `192.0.2.${link + 1}:${port}`,
          bytes: Math.floor((carried[link] ?? 0) - bytesBefore),
          last_ms_ago: 0,
          uptime_s: Math.floor((nowMs - joinedMs) / 1000),
        }));
      const total_bytes = Math.floor(carried.reduce((sum, bytes) => sum + bytes, 0));
      return JSON.stringify({ groups: [{ id: '0x1', total_bytes, connections }] });
    },
  };
}

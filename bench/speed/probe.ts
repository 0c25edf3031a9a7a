/** Measurements that take turns, so that whatever else the machine does hits all of them alike. */

export interface Probe {
  /** For the progress line. */
  readonly name: string;
  /** Compiles and warms up; nothing of it is timed. */
  open?(): Promise<void>;
  /** Takes one or a few samples, which the probe keeps. @returns the latest in words */
  measure(): Promise<string>;
  close?(): Promise<void>;
}

/** Opens each probe once, measures them in the given order (one may stand in it several times), closes all. */
export async function takeTurns(
  order: readonly Probe[],
  rounds: number,
  onProgress: (line: string) => void,
): Promise<void> {
  const opened: Probe[] = [];
  try {
    for (const probe of new Set(order)) {
      opened.push(probe);
      if (!probe.open) continue;
      onProgress(`${probe.name}: warming up`);
      await probe.open();
    }
    for (let round = 1; round <= rounds; round++)
      for (const probe of order) onProgress(`round ${round}/${rounds}  ${probe.name}: ${await probe.measure()}`);
  } finally {
    for (const probe of opened) await probe.close?.();
  }
}

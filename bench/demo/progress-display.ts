/** Shows progress: redrawn in place on a terminal, one plain line for each finished thing elsewhere. */
import { createLogUpdate } from "log-update";
import { liveLines, type Progress } from "./progress.ts";

const REDRAW_MS = 250;

export interface ProgressDisplay {
  /** A line that stays. */
  line(text: string): void;
  /** Stops redrawing; what stays, stays. */
  end(): void;
}

/** `elapsed`: seconds since the work was asked for. */
export function progressDisplay(
  stream: NodeJS.WriteStream,
  progress: Progress,
  elapsed: () => number,
): ProgressDisplay {
  if (!stream.isTTY) return { line: (text) => stream.write(`${text}\n`), end: () => undefined };
  const update = createLogUpdate(stream);
  const draw = () => update(liveLines(progress, elapsed()).join("\n"));
  const timer = setInterval(draw, REDRAW_MS);
  draw();
  return {
    line: (text) => {
      update.clear();
      stream.write(`${text}\n`);
      draw();
    },
    end: () => {
      clearInterval(timer);
      update.clear();
      update.done();
    },
  };
}

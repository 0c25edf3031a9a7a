/** Both ends of what a program may trade: golden values hold for either. Chunks of 5 and 3 end in shorter ones. */

import { keepEverything, type MemoryPlan } from "../../gpu/programs/memory-plan.ts";
import { onCpu } from "./test-device.ts";

export const leastMemory: MemoryPlan = { logitRows: 5, recompute: true, queryRows: 3 };

const both = [
  ["everything kept", keepEverything],
  ["the least memory", leastMemory],
] as const;

/** Saving memory takes loops, which run on the CPU only. */
export const memoryPlans = onCpu ? both : both.slice(0, 1);

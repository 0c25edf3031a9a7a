/** Both ends of what a program may trade: golden values hold for either. Chunks of 5 and 3 end in shorter ones. */
import { keepEverything, type MemoryPlan } from "../../gpu/programs/memory-plan.ts";

export const leastMemory: MemoryPlan = { logitRows: 5, recompute: true, queryRows: 3 };

export const memoryPlans = [
  ["everything kept", keepEverything],
  ["the least memory", leastMemory],
] as const;

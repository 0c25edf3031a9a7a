/** The domains a run can name. */
import type { Grader } from "../grading/grader.ts";
import { arithmetic } from "./arithmetic/arithmetic.ts";
import type { Domain } from "./domain.ts";
import { math } from "./math.ts";

/** `grader`: what `math` grades with. The first is what a run uses that names none. */
export const allDomains = (grader: Grader): readonly Domain[] => [arithmetic, math(grader)];

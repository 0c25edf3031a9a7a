import { openArithmeticPolicy } from "../support/arithmetic-script.ts";
import { iterationSuite } from "../support/iteration-suite.ts";
import { smallRun } from "../support/services-under-test.ts";

iterationSuite("an iteration on the scripted policy", {
  open: async () => openArithmeticPolicy(),
  overrides: smallRun,
  logprobTolerance: 1e-5,
  timeout: 60_000,
});

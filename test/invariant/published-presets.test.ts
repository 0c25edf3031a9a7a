/** What the modules of `stable` add must leave the published presets alone, to the bit: these digests are older than the modules. */
import { describe, expect, test } from "vitest";
import type { RunOverrides } from "../../src/training/services.ts";
import { smallRun, startServices } from "../support/services-under-test.ts";

/** Both presets ask for more updates a step than so small a run has groups. */
const overrides: RunOverrides = {
  ...smallRun,
  challenger: { ...(smallRun.challenger as object), updatesPerStep: 2 },
  solver: { ...(smallRun.solver as object), updatesPerStep: 2 },
};

/** Challenger and Solver after two iterations from seed 5 on the toy policy. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  paper: [
    "sha256:8cec7b9d941f57ef100425a132bcd17d91f2841a569dbcfa50215b74ccf24e2c",
    "sha256:2a5602c250857dbacc2be6d5216a436a0e5df23c1f83d7dcaf68254df1eddaf9",
  ],
  "reference-code": [
    "sha256:31e9802378025950730d5c54c1feffc9496fe384582fa7ddedd2d6c2cc4315e4",
    "sha256:63e5484ac44a1d9159febb1b61e94f2e8a76bd5fb8e18f7393cca077b8e47e6d",
  ],
};

describe("published presets", () => {
  test.each(Object.entries(EXPECTED))("%s gives the weights it always gave", async (preset, digests) => {
    const tested = await startServices();
    try {
      const { services } = tested;
      const run = await services.runs.create({ preset, seed: 5, overrides });
      const { operation, iterations } = await services.iterations.start({ run: run.id, count: 2 });
      expect((await tested.ended(operation)).error).toBeNull();
      const { challengerTo, solverTo } = services.iterations.get(iterations[1]!.id);
      expect([challengerTo, solverTo].map((id) => services.checkpoints.get(id!).digest)).toEqual(digests);
    } finally {
      await tested.remove();
    }
  });
});

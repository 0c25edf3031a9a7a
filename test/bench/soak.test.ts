import { expect, test } from "vitest";
import { judge, type SoakSample } from "../../bench/soak/soak.ts";

const samples = (of: (iteration: number) => Partial<Record<"service" | "device" | "handles" | "processes", number>>) =>
  Array.from({ length: 50 }, (_, index): SoakSample => {
    const { service = 200, device = 300, handles = 40, processes = 2 } = of(index + 1);
    return {
      iteration: index + 1,
      service: { residentMiB: service, handles },
      device: { residentMiB: device, handles: 20 },
      processes,
    };
  });

test("what rises in the first iterations and stays is flat", () => {
  const warming = samples((iteration) => ({ service: iteration < 9 ? 20 * iteration : 180 }));
  expect(judge(warming, 60)).toMatchObject({
    grew: [],
    service: { from: 180, to: 180 },
    handles: { from: 60, to: 60 },
  });
});

test("what rises to the end grew, by name", () => {
  expect(
    judge(
      samples((iteration) => ({ service: 200 + 2 * iteration })),
      60,
    ).grew,
  ).toEqual(["memory of the service: 231 to 291 MiB"]);
  expect(
    judge(
      samples((iteration) => ({ device: 300 + 3 * iteration })),
      60,
    ).grew,
  ).toHaveLength(1);
  expect(
    judge(
      samples((iteration) => ({ handles: 40 + Math.floor(iteration / 5) })),
      60,
    ).grew,
  ).toEqual(["handles: 64 to 70"]);
  expect(
    judge(
      samples((iteration) => ({ processes: iteration > 40 ? 3 : 2 })),
      60,
    ).grew,
  ).toEqual(["processes: 2 to 3"]);
});

import { expect, test } from "vitest";
import { createLog } from "../../src/log.ts";

function lines(write: (log: ReturnType<typeof createLog>) => void): string[] {
  const written: string[] = [];
  write(createLog("info", { write: (line) => void written.push(line) }));
  return written;
}

test("is one JSON object a line, whatever is in it", () => {
  const [line, ...more] = lines((log) => log.info({ path: '/v1/x\n{"level":50}' }, "a\nb"));
  expect(more).toEqual([]);
  expect(line!.match(/\n/g)).toHaveLength(1);
  expect(JSON.parse(line!)).toMatchObject({ path: '/v1/x\n{"level":50}', msg: "a\nb" });
});

test("blots out secrets by their name", () => {
  const key = "a-key-that-is-long-enough";
  const [line] = lines((log) =>
    log.info(
      { authorization: key, headers: { authorization: `Bearer ${key}`, accept: "*/*" }, a: { b: { apiKey: key } } },
      "x",
    ),
  );
  expect(line).not.toContain(key);
  expect(JSON.parse(line!).headers).toEqual({ authorization: "[secret]", accept: "*/*" });
});

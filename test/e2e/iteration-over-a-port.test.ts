/** The whole product from outside: two services, each its own processes and data, one small iteration over HTTP each. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endStarted, startServiceProcess } from "../support/service-process.ts";

const models = fileURLToPath(new URL("../../models", import.meta.url));
const band = { min: 0.25, max: 0.85 };
const overrides = {
  challenger: { steps: 2, promptsPerStep: 4 },
  solver: { steps: 2, promptsPerStep: 8 },
  pool: { size: 60, difficultyBand: band },
  evaluation: { questions: 24, samples: 4 },
};

interface Finished {
  readonly data: string;
  readonly iteration: {
    readonly state: string;
    readonly challengerTo: string;
    readonly solverTo: string;
    readonly metrics: { readonly proposed: number; readonly kept: number };
  };
}

async function iterate(): Promise<Finished> {
  const service = startServiceProcess({ RZERO_MODELS_DIR: models, RZERO_THREADS: "1" });
  const url = await service.listening();
  const post = async (path: string, body: object, wait = 0) => {
    const headers = { "content-type": "application/json", ...(wait > 0 ? { prefer: `wait=${wait}` } : {}) };
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect(response.status, await response.clone().text()).toBeLessThan(300);
    return response.json();
  };
  const run = (await post("/v1/runs", { seed: 5, overrides })) as { id: string };
  const done = (await post("/v1/iterations", { run: run.id }, 100)) as { iterations: Finished["iteration"][] };
  service.child.kill("SIGTERM");
  expect(await service.exit).toBe(0);
  return { data: service.data, iteration: done.iterations[0]! };
}

describe("an iteration over a port, by two services", () => {
  let finished: readonly Finished[];
  beforeAll(async () => {
    finished = await Promise.all([iterate(), iterate()]);
  }, 120_000);
  afterAll(endStarted);

  const database = ({ data }: Finished) => new Database(join(data, "rzero.sqlite"), { readonly: true });
  const rows = (each: Finished, sql: string) => {
    const db = database(each);
    try {
      return db.prepare(sql).all() as Record<string, string | number | null>[];
    } finally {
      db.close();
    }
  };

  test("completes", () => {
    for (const { iteration } of finished) expect(iteration.state).toBe("completed");
  });

  test("ends in the same weights in both, to the bit", () => {
    const digests = finished.map((each) =>
      [each.iteration.challengerTo, each.iteration.solverTo].map(
        (id) => rows(each, `select digest from checkpoints where id = '${id}'`)[0]!.digest,
      ),
    );
    expect(digests[0]).toEqual(digests[1]);
    expect(digests[0]![0]).not.toBe(digests[0]![1]);
  });

  test("leaves a consistent database: foreign keys, counts, every kept question inside the band", () => {
    for (const each of finished) {
      expect(rows(each, "pragma foreign_key_check")).toEqual([]);
      const pool = rows(
        each,
        "select state, majority_share as share, pseudo_label as label from questions where phase_kind = 'pool'",
      );
      expect(pool.length).toBe(each.iteration.metrics.proposed);
      const kept = pool.filter(({ state }) => state === "kept");
      expect(kept.length).toBe(each.iteration.metrics.kept);
      expect(kept.length).toBeGreaterThan(0);
      for (const { share, label } of kept) {
        expect(share).toBeGreaterThanOrEqual(band.min);
        expect(share).toBeLessThanOrEqual(band.max);
        expect(label).not.toBeNull();
      }
      const uneven = rows(
        each,
        "select s.id from solutions s left join rollouts r on r.solution_id = s.id group by s.id having count(r.id) <> s.samples",
      );
      expect(uneven).toEqual([]);
      expect(rows(each, "select id from operations where state in ('queued', 'running')")).toEqual([]);
    }
  });

  test("every checkpoint's digest is the sha256 of its file", () => {
    for (const each of finished) {
      const checkpoints = rows(each, "select digest, directory from checkpoints where role <> 'base'");
      expect(checkpoints.length).toBe(2);
      for (const { digest, directory } of checkpoints) {
        const bytes = readFileSync(join(each.data, String(directory), "model.safetensors"));
        expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
      }
    }
  });
});

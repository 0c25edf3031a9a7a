/** The check that every other test here leans on must itself be able to fail. */
import { describe, expect, it } from "vitest";
import { contract } from "../support/edge.ts";

const health = { status: "ok", version: "0.0.0" };

function answer(body: unknown, { status = 200, type = "application/json", id = "req_1" } = {}): Response {
  const headers = {
    "content-type": type,
    "server-timing": "total;dur=1",
    ...(id === "" ? {} : { "x-request-id": id }),
  };
  return new Response(JSON.stringify(body), { status, headers });
}

describe("the contract check", () => {
  it("accepts what is declared", async () => {
    await contract.check("GET", "/healthz", answer(health));
  });

  it.each([
    ["a field that leaked", answer({ ...health, directory: "/secret" }), /additional properties/],
    ["a field that is missing", answer({ status: "ok" }), /version/],
    ["a value outside its enum", answer({ ...health, status: "fine" }), /status/],
    ["a status nobody declared", answer(health, { status: 202 }), /status not declared/],
    ["a media type nobody declared", answer(health, { type: "text/html" }), /media type/],
    ["an answer without a request id", answer(health, { id: "" }), /x-request-id/],
  ])("refuses %s", async (_, response, message) => {
    await expect(contract.check("GET", "/healthz", response)).rejects.toThrow(message);
  });

  it("refuses an undocumented route that answers, and an error that is no problem", async () => {
    await expect(contract.check("GET", "/hidden", answer({}))).rejects.toThrow(/not documented/);
    const text = answer("Not Found", { status: 404, type: "text/plain" });
    await expect(contract.check("GET", "/hidden", text)).rejects.toThrow(/Problem/);
  });
});

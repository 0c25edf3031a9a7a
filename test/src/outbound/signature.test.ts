import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { isSecret, newSecret, signatureRefusal, signedHeaders } from "../../../src/outbound/signature.ts";

const body = '{"type":"operation.completed","ü":"€"}';
const id = "msg_1";
const now = () => new Date();

describe("Standard Webhooks signatures", () => {
  test("the vector of the specification's libraries", () => {
    const headers = signedHeaders({
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      at: new Date(1614265330 * 1000),
      body: '{"test": 2432232314}',
      secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    });
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    expect(headers["webhook-timestamp"]).toBe("1614265330");
  });

  test("the official library accepts what we sign, by either secret", () => {
    const [old, fresh] = [newSecret(), newSecret()];
    const headers = signedHeaders({ id, at: now(), body, secrets: [fresh, old] });
    for (const secret of [old, fresh]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow();
    expect(() => new Webhook(old).verify(`${body} `, headers)).toThrow();
  });

  test("we accept what the official library signs", () => {
    const secret = newSecret();
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, now(), body),
    };
    const check = (change: Partial<Parameters<typeof signatureRefusal>[0]>) =>
      signatureRefusal({ headers, body, secrets: [secret], now: now(), ...change });
    expect(check({})).toBeNull();
    expect(check({ secrets: [newSecret(), secret] })).toBeNull();
    expect(
      check({ headers: { ...headers, "webhook-signature": `v2,AAAA ${headers["webhook-signature"]}` } }),
    ).toBeNull();
    expect(check({ body: `${body} ` })).toBe("no signature fits");
    expect(check({ secrets: [newSecret()] })).toBe("no signature fits");
    expect(check({ headers: { ...headers, "webhook-id": "msg_2" } })).toBe("no signature fits");
    expect(check({ headers: { ...headers, "webhook-signature": "v1,short" } })).toBe("no signature fits");
    expect(check({ headers: { ...headers, "webhook-timestamp": "yesterday" } })).toContain("not a number");
    expect(check({ headers: { "webhook-id": id } })).toContain("missing");
    for (const off of [-301, 302]) {
      expect(check({ now: new Date(Date.now() + off * 1000) })).toBe("webhook-timestamp is too far from now");
    }
  });

  test("secrets are whsec_ and base64 of 24 to 64 bytes", () => {
    expect(newSecret()).not.toBe(newSecret());
    expect(isSecret(newSecret())).toBe(true);
    const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
    expect([23, 24, 64, 65].map((bytes) => isSecret(of(bytes)))).toEqual([false, true, true, false]);
    for (const wrong of ["", "whsec_", of(32).slice(6), `${of(32)}\n`, of(32).replace("=", ""), "whsec_ab c="]) {
      expect(isSecret(wrong)).toBe(false);
    }
  });
});

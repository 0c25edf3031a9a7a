/** The policy, opened in the background: the service is healthy at once, and what needs the model waits for it. */
import type { Policy } from "../policy/policy.ts";

export interface PolicySource {
  /** Waits until it is open. Rejects with what went wrong; the next call tries again. */
  get(): Promise<Policy>;
  /** Null until it is open. */
  current(): Policy | null;
  /** In words, for readiness. */
  state(): { readonly ok: boolean; readonly detail: string };
  /** Closes it once, also where it is still opening. */
  close(): Promise<void>;
}

/** Starts opening at once. */
export function openInBackground(open: () => Promise<Policy>): PolicySource {
  let opened: Policy | null = null;
  let failure: unknown = null;
  let opening: Promise<Policy> | null = null;
  let closed = false;

  const get = (): Promise<Policy> => {
    if (closed) return Promise.reject(new Error("the service is shutting down"));
    opening ??= open().then(
      (policy) => {
        opened = policy;
        failure = null;
        return policy;
      },
      (error: unknown) => {
        failure = error;
        opening = null;
        throw error;
      },
    );
    return opening;
  };
  // Its failure is kept for readiness and for whoever asks next.
  get().catch(() => undefined);

  return {
    get,
    current: () => opened,
    state: () => {
      if (opened !== null) {
        const { name, device, deviceReason } = opened.model;
        return { ok: true, detail: `${name} on ${device}${deviceReason === "" ? "" : `: ${deviceReason}`}` };
      }
      if (failure !== null) return { ok: false, detail: failure instanceof Error ? failure.message : String(failure) };
      return { ok: false, detail: "opening" };
    },
    close: async () => {
      if (closed) return;
      closed = true;
      const policy = await opening?.catch(() => null);
      await policy?.close();
    },
  };
}

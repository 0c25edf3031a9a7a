/** What crosses the pipe between a client and its child process. Structured clones: typed arrays cross as bytes. */

/** One method of a child: what it takes, what it gives, what it says on the way (never where it says nothing). */
export interface Method {
  readonly params: unknown;
  readonly result: unknown;
  readonly progress?: unknown;
}

/**
 * The methods of a child by name. Written as a type alias, it types both ends:
 * `type Methods = { add: { params: [number, number]; result: number } }`.
 */
export type MethodMap = Readonly<Record<string, Method>>;

export type Params<M extends MethodMap, K extends keyof M> = M[K]["params"];
export type Result<M extends MethodMap, K extends keyof M> = M[K]["result"];
export type Progress<M extends MethodMap, K extends keyof M> = M[K] extends { readonly progress: infer P } ? P : never;

/** Between two calls the child takes the oldest interactive one before the oldest batch one. */
export type Priority = "interactive" | "batch";

export type ToChild =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: string;
      readonly params: unknown;
      readonly priority: Priority;
    }
  | { readonly kind: "cancel"; readonly id: number };

export type FromChild =
  | { readonly kind: "ready" }
  /** It is alive: said at every turn of its event loop while it works, at most once a second. */
  | { readonly kind: "beat" }
  | { readonly kind: "progress"; readonly id: number; readonly value: unknown }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorRecord }
  | { readonly kind: "cancelled"; readonly id: number };

/** An error as it crosses: a clone would lose its class, code and details. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly details: unknown;
  readonly stack: string | undefined;
}
